" Lists, dictionaries, closures, substitutions, undo and registers; the outcome goes to result.txt.
let counts = {}
for line in getline(1, 6000)
  for word in split(line)
    let counts[word] = get(counts, word, 0) + 1
  endfor
endfor
let best = sort(items(counts), {a, b -> a[1] == b[1] ? (a[0] < b[0] ? -1 : 1) : b[1] - a[1]})[:9]
let result = map(copy(best), {_, v -> v[0] .. ' ' .. v[1]})
%substitute/\v<(\w+) (\w+)>/\2 \1/g
let &undolevels = &undolevels
1,8000global/van/normal! Atail
let &undolevels = &undolevels
10000,$vglobal/si/delete
let changed = line('$')
undo
call add(result, 'lines ' .. changed .. ' then ' .. line('$'))
1,4000sort! n
%!tr a-m A-M
let @a = join(getline(1, 2000), "\n")
$put a
setlocal foldmethod=expr foldexpr=v:lnum%7
call add(result, 'fold ' .. foldlevel(500) .. ' register ' .. len(@a))
let nested = {}
for i in range(3000)
  let nested['key' .. i % 977] = {'list': range(i % 50), 'text': repeat('x', i % 300), 'inner': deepcopy(get(nested, 'key' .. (i % 13), {}))->len()}
endfor
call add(result, 'json ' .. len(json_encode(nested)) .. ' ' .. (json_decode(json_encode(nested)) ==# nested))
call add(result, sha256(json_encode(nested)))
call writefile(result, 'result.txt')
write
quit
