// Sends at a fixed rate with Apache Kafka's producer and prints, as a line of JSON, how long
// acknowledgements took: java Latency.java BROKER TOPIC RECORDS BYTES RATE WARM-UP [NAME=VALUE...]
// Unlike ProducerPerformance it sends WARM-UP records first, that do not count: for its first seconds a
// virtual machine for Java compiles what runs. Nor does it round to milliseconds.
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Latency {
  public static void main(String[] args) throws Exception {
    var topic = args[1];
    var records = Integer.parseInt(args[2]);
    var value = new byte[Integer.parseInt(args[3])];
    var rate = Double.parseDouble(args[4]);
    var warmUp = Integer.parseInt(args[5]);
    // As the other generator fills it: neither all alike, nor noise.
    for (int i = 0; i < value.length; i++) value[i] = (byte) ('a' + (i * 7 + i / 13) % 26);
    var settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    for (int i = 6; i < args.length; i++) {
      var setting = args[i].split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    var nanos = new long[records];
    var acknowledged = new AtomicLong();
    var failure = new AtomicReference<Exception>();
    long begun = 0;
    try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      var first = System.nanoTime();
      for (int i = 0; i < warmUp + records; i++) {
        var due = first + (long) (i / rate * 1e9);
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) LockSupport.parkNanos(left);
        if (i == warmUp) begun = System.nanoTime();
        var measured = i - warmUp;
        var sent = System.nanoTime();
        producer.send(new ProducerRecord<>(topic, value), (metadata, error) -> {
          if (error != null) failure.compareAndSet(null, error);
          else if (measured >= 0) {
            nanos[measured] = System.nanoTime() - sent;
            acknowledged.incrementAndGet();
          }
        });
      }
    }
    var seconds = (System.nanoTime() - begun) / 1e9;
    if (failure.get() != null) throw failure.get();
    if (acknowledged.get() != records) throw new IllegalStateException(acknowledged + " acknowledged");
    Arrays.sort(nanos);
    System.out.printf("{\"records\":%d,\"seconds\":%.6f,\"p50\":%.4f,\"p99\":%.4f,\"p999\":%.4f}%n",
        records, seconds, at(nanos, 0.5), at(nanos, 0.99), at(nanos, 0.999));
  }

  static double at(long[] sorted, double part) {
    return sorted[(int) ((sorted.length - 1) * part)] / 1e6;
  }
}
