package inkling;

import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.eclipse.lsp4j.ClientCapabilities;
import org.eclipse.lsp4j.ClientInfo;
import org.eclipse.lsp4j.InitializeParams;
import org.eclipse.lsp4j.InitializedParams;
import org.eclipse.lsp4j.ServerCapabilities;
import org.eclipse.lsp4j.WorkspaceFolder;
import org.eclipse.lsp4j.jsonrpc.Launcher;
import org.eclipse.lsp4j.jsonrpc.MessageConsumer;
import org.eclipse.lsp4j.jsonrpc.json.MessageJsonHandler;
import org.eclipse.lsp4j.jsonrpc.messages.ResponseMessage;
import org.eclipse.lsp4j.jsonrpc.services.JsonRequest;
import org.eclipse.lsp4j.services.LanguageServer;

/** A language server as LSP4IJ runs one: what LanguageServerWrapper does, in its order. */
final class Wrapper {
    /** What the test asks besides, of the server's own: which text it holds. */
    interface Server extends LanguageServer {
        @JsonRequest("inkling/digest")
        CompletableFuture<Map<String, Object>> digest(Map<String, Object> params);
    }

    final Client client = new Client();
    final List<ResponseMessage> responses = new CopyOnWriteArrayList<>(); // all that came, LSP4J drops those of cancelled requests
    final Process process;
    final Server server;
    ServerCapabilities capabilities;
    private final ExecutorService listener = Executors.newCachedThreadPool(Wrapper::daemon);
    private final ExecutorService dispatcher = Executors.newSingleThreadExecutor(Wrapper::daemon);

    Wrapper(List<String> command) throws Exception {
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        // Each message is handed to the common pool, in both directions: their order is not what it was.
        UnaryOperator<MessageConsumer> wrap = consumer -> message -> CompletableFuture.runAsync(() -> consumer.consume(message));
        UnaryOperator<MessageConsumer> note = consumer -> message -> {
            if (message instanceof ResponseMessage response) {
                responses.add(response);
            }
            consumer.consume(message);
        };
        Launcher<Server> launcher = new Launcher.Builder<Server>().setLocalService(client).setRemoteInterface(Server.class)
                .setInput(process.getInputStream()).setOutput(process.getOutputStream()).setExecutorService(listener)
                .wrapMessages(consumer -> wrap.apply(note.apply(consumer))).create();
        server = launcher.getRemoteProxy();
        launcher.startListening();
        capabilities = server.initialize(introduction()).get(30, TimeUnit.SECONDS).getCapabilities();
        server.initialized(new InitializedParams());
    }

    private static Thread daemon(Runnable work) {
        var thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    /** The parameters of initialize. The capabilities were written by LSP4IJ's own ClientCapabilitiesFactory at d21cff9. */
    private static InitializeParams introduction() throws Exception {
        var params = new InitializeParams();
        params.setProcessId((int) ProcessHandle.current().pid());
        params.setRootUri("file:///project");
        params.setRootPath("/project");
        params.setClientInfo(new ClientInfo("IntelliJ IDEA", "2026.1"));
        params.setTrace("off");
        params.setWorkspaceFolders(new ArrayList<>(List.of(new WorkspaceFolder("file:///project", "project"))));
        try (var in = new InputStreamReader(Wrapper.class.getResourceAsStream("/capabilities.json"))) {
            params.setCapabilities(new MessageJsonHandler(Map.of()).getGson().fromJson(in, ClientCapabilities.class));
        }
        return params;
    }

    /** Sends a notification about a document, one after the other as far as LSP4IJ's dispatcher goes. */
    CompletableFuture<Void> notify(Consumer<LanguageServer> notification) {
        return CompletableFuture.runAsync(() -> notification.accept(server), dispatcher);
    }

    /** Stops the server and returns the code with which it ended: shutdown, five seconds, exit; LSP4IJ kills what is left then. */
    int stop() throws Exception {
        server.shutdown().get(5, TimeUnit.SECONDS);
        server.exit();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return -1;
        }
        return process.exitValue();
    }

    /** What a closing project does: LSP4IJ drops every message from then on, shutdown and exit too, and ends the process. */
    void dispose() throws Exception {
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
    }
}
