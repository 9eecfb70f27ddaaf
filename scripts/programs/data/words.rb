# Words of a text through Ruby's hashes, strings, Marshal, threads and forks, with compaction in between.
require 'digest'
require 'json'
require 'zlib'

lines = File.readlines(ARGV[0], chomp: true)
count = Hash.new(0)
lines.each { |line| line.split.each { |word| count[word] += 1 } }
count.sort_by { |word, n| [-n, word] }.first(20).each { |word, n| puts "#{word} #{n}" }

index = lines.first(20_000).each_with_index.with_object({}) { |(line, i), h| (h[line[0, 3].to_sym] ||= []) << [i, line] }
copy = Marshal.load(Marshal.dump(index))
puts "marshal #{copy == index} #{Digest::SHA256.hexdigest(Marshal.dump(copy))}"
GC.compact if GC.respond_to?(:compact)
puts "gsub #{Digest::SHA256.hexdigest(lines.first(20_000).join("\n").gsub(/(\w+) (\w+)/) { "#{$2.upcase} #{$1}" })}"
text = JSON.generate(index.transform_values { |v| v.map(&:last) })
puts "json #{JSON.parse(text).size} #{text.bytesize}"
puts "zlib #{Zlib::Inflate.inflate(Zlib::Deflate.deflate(text, 6)) == text}"

totals = 4.times.map do |n|
  Thread.new { (1..20_000).map { |i| ('x' * (i % 500 + n)).tr('x', 'y').size }.sum }
end.map(&:value)
puts "threads #{totals.inspect}"
4.times do |n|
  reader, writer = IO.pipe
  pid = fork { reader.close; writer.puts Digest::SHA256.hexdigest((0..60_000).map { |i| (i * (n + 1)).to_s }.join); exit! 0 }
  writer.close
  puts "child #{n} #{reader.read}"
  Process.wait(pid)
  abort "child failed" unless $?.success?
end
strings = Array.new(200_000) { |i| "item-#{i % 977}" * (i % 5) }
GC.start
puts "strings #{strings.uniq.size} #{strings.sum(&:size)}"
