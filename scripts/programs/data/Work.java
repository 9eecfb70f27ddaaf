import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.Function;
import java.util.stream.*;
import java.util.zip.*;

/** Collections on the heap, and what a virtual machine takes from malloc: direct buffers, zlib, threads, the compiler. */
public class Work {
    record Entry(String word, long count) {}

    static long checksum(byte[] data) {
        CRC32 crc = new CRC32();
        crc.update(data);
        return crc.getValue();
    }

    static byte[] roundTrip(byte[] data) throws DataFormatException {
        Deflater deflater = new Deflater(5);
        deflater.setInput(data);
        deflater.finish();
        byte[] packed = new byte[data.length + 64];
        int size = deflater.deflate(packed);
        deflater.end();
        Inflater inflater = new Inflater();
        inflater.setInput(packed, 0, size);
        byte[] result = new byte[data.length];
        inflater.inflate(result);
        inflater.end();
        return result;
    }

    static long buffers(int seed) {
        List<ByteBuffer> kept = new ArrayList<>();
        long total = 0;
        for (int i = 0; i < 3000; i++) {
            ByteBuffer buffer = ByteBuffer.allocateDirect((i * 131 + seed) % 20000 + 1);
            while (buffer.hasRemaining()) {
                buffer.put((byte) (i + seed));
            }
            if (i % 10 == 0) {
                kept.add(buffer);
            }
            total += buffer.flip().get(0) & 0xff;
        }
        return total + kept.stream().mapToLong(ByteBuffer::limit).sum();
    }

    public static void main(String[] args) throws Exception {
        List<String> lines = Files.readAllLines(Path.of(args[0]));
        lines.stream().limit(60000).parallel().flatMap(line -> Arrays.stream(line.split(" ")))
            .collect(Collectors.groupingByConcurrent(Function.identity(), Collectors.counting()))
            .entrySet().stream().map(e -> new Entry(e.getKey(), e.getValue()))
            .sorted(Comparator.comparingLong(Entry::count).reversed().thenComparing(Entry::word))
            .limit(15).forEach(System.out::println);
        byte[] text = String.join("\n", lines.subList(0, 20000)).getBytes();
        System.out.println("zlib " + Arrays.equals(text, roundTrip(text)) + " " + checksum(text));
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<Long>> sums = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int seed = i;
            sums.add(pool.submit(() -> buffers(seed)));
        }
        for (Future<Long> sum : sums) {
            System.out.println("buffers " + sum.get());
        }
        pool.shutdown();
        for (int i = 0; i < 300; i++) {
            Thread thread = new Thread(() -> { byte[] unused = new byte[1000]; });
            thread.start();
            thread.join();
        }
        System.out.println("threads done");
    }
}
