// What Kafka's own classes say of messages: a question a line on standard input, as JSON, and a line
// for each answer. test/kafka/messages.mjs asks.

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;

public class Messages {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    MAPPER.configure(JsonParser.Feature.ALLOW_COMMENTS, true);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode question = MAPPER.readTree(line);
      ObjectNode answer = MAPPER.createObjectNode();
      try {
        answer(question, answer);
      } catch (Throwable error) {
        answer.put("error", error.toString());
      }
      out.println(answer);
    }
    out.flush();
  }

  private static void answer(JsonNode question, ObjectNode answer) throws Exception {
    switch (question.get("about").asText()) {
      case "errors" -> {
        for (Errors error : Errors.values()) answer.put(error.name(), error.code());
      }
      case "definition" -> {
        String path = "/common/message/" + question.get("name").asText() + ".json";
        answer.set("definition", MAPPER.readTree(Messages.class.getResourceAsStream(path)));
      }
      case "message" -> message(question, answer);
      case "refusal" -> refusal(question, answer);
      default -> throw new IllegalArgumentException("nothing is known about that");
    }
  }

  /** What a message of ours says, how Kafka writes the same, and what it makes of our JSON. */
  private static void message(JsonNode question, ObjectNode answer) throws Exception {
    ApiKeys api = ApiKeys.forId(question.get("key").asInt());
    short version = (short) question.get("version").asInt();
    boolean isRequest = question.get("isRequest").asBoolean();
    short headerVersion =
        isRequest ? api.requestHeaderVersion(version) : api.responseHeaderVersion(version);
    Message header = isRequest ? new RequestHeaderData() : new ResponseHeaderData();
    ApiMessageType type = ApiMessageType.fromApiKey(api.id);
    ApiMessage body = isRequest ? type.newRequest() : type.newResponse();

    var reader = new ByteBufferAccessor(ByteBuffer.wrap(question.get("bytes").binaryValue()));
    header.read(reader, headerVersion);
    body.read(reader, version);
    answer.put("left", reader.remaining());
    answer.set("header", json(header, headerVersion));
    answer.set("body", json(body, version));
    answer.put("again", joined(bytes(header, headerVersion), bytes(body, version)));

    Class<?> converter = converter(body);
    var read = converter.getMethod("read", JsonNode.class, short.class);
    Message fromJson = (Message) read.invoke(null, question.get("body"), version);
    answer.put("fromJson", joined(bytes(header, headerVersion), bytes(fromJson, version)));
  }

  /** How a request is answered that goes wrong as a whole. */
  private static void refusal(JsonNode question, ObjectNode answer) throws Exception {
    ApiKeys api = ApiKeys.forId(question.get("key").asInt());
    short version = (short) question.get("version").asInt();
    var reader = new ByteBufferAccessor(ByteBuffer.wrap(question.get("bytes").binaryValue()));
    new RequestHeaderData().read(reader, api.requestHeaderVersion(version));
    var error = Errors.forCode((short) question.get("errorCode").asInt()).exception();
    var response =
        AbstractRequest.parseRequest(api, version, reader).request.getErrorResponse(0, error);
    answer.set("body", response == null ? null : json(response.data(), version));
  }

  private static JsonNode json(Message message, short version) throws Exception {
    var write = converter(message).getMethod("write", message.getClass(), short.class);
    return (JsonNode) write.invoke(null, message, version);
  }

  private static Class<?> converter(Message message) throws Exception {
    return Class.forName(message.getClass().getName() + "JsonConverter");
  }

  private static byte[] bytes(Message message, short version) {
    ByteBuffer buffer = MessageUtil.toByteBufferAccessor(message, version).buffer();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static byte[] joined(byte[] header, byte[] body) {
    return ByteBuffer.allocate(header.length + body.length).put(header).put(body).array();
  }
}
