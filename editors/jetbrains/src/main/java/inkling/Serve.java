package inkling;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;

/** {@code inkling serve} on loopback; close ends it. */
final class Serve implements AutoCloseable {
    final int port;
    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();

    /** Starts a server; port 0 is any that is free. */
    Serve(String binary, int port, File log) throws Exception {
        this.port = port != 0 ? port : freePort();
        var builder = new ProcessBuilder(binary, "serve").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log));
        builder.environment().put("HOST", "127.0.0.1");
        builder.environment().put("PORT", String.valueOf(this.port));
        builder.environment().put("ENV_FILE", "/dev/null");
        process = builder.start();
        if (!Checks.eventually(this::ready)) {
            close();
            throw new IOException("the server does not come up, see " + log);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private boolean ready() throws Exception {
        if (!process.isAlive()) {
            throw new IOException("the server has ended");
        }
        try {
            return get("/health").get("status").getAsString().matches("ok|degraded");
        } catch (IOException e) {
            return false;
        }
    }

    private JsonObject get(String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
        return JsonParser.parseString(http.send(request, BodyHandlers.ofString()).body()).getAsJsonObject();
    }

    String url() {
        return "ws://127.0.0.1:" + port + "/api/v1/stream";
    }

    /** A number among the sessions' metrics, such as "open", "documents", "events.accepted". */
    int sessions(String path) throws Exception {
        return number("sessions." + path);
    }

    int rowsBusy() throws Exception {
        return number("engine.rowsBusy");
    }

    private int number(String path) throws Exception {
        var object = get("/api/v1/metrics");
        var names = path.split("\\.");
        for (int i = 0; i < names.length - 1; i++) {
            object = object.getAsJsonObject(names[i]);
        }
        var value = object.get(names[names.length - 1]);
        return value == null ? 0 : value.getAsInt();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        process.waitFor(30, TimeUnit.SECONDS);
    }
}
