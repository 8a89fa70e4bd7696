package inkling;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.lsp4j.ConfigurationParams;
import org.eclipse.lsp4j.MessageActionItem;
import org.eclipse.lsp4j.MessageParams;
import org.eclipse.lsp4j.PublishDiagnosticsParams;
import org.eclipse.lsp4j.ShowMessageRequestParams;
import org.eclipse.lsp4j.jsonrpc.services.JsonNotification;
import org.eclipse.lsp4j.services.LanguageClient;

/** What a server may say to LSP4IJ unasked, after its LanguageClientImpl: what is shown is kept. */
final class Client implements LanguageClient {
    final List<String> shown = new CopyOnWriteArrayList<>(); // as balloons
    final List<String> logged = new CopyOnWriteArrayList<>(); // in its console

    @Override
    public void showMessage(MessageParams params) {
        shown.add(params.getMessage());
    }

    @Override
    public CompletableFuture<MessageActionItem> showMessageRequest(ShowMessageRequestParams params) {
        shown.add(params.getMessage());
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void logMessage(MessageParams params) {
        logged.add(params.getMessage());
    }

    @Override
    public CompletableFuture<List<Object>> configuration(ConfigurationParams params) {
        return CompletableFuture.completedFuture(Collections.nCopies(params.getItems().size(), null));
    }

    @Override
    public void telemetryEvent(Object event) {}

    @Override
    public void publishDiagnostics(PublishDiagnosticsParams params) {}

    /** Ours; the bridge answers it, and no editor sees it. */
    @JsonNotification("inkling/resync")
    public void resync(Map<String, String> params) {
        shown.add("inkling/resync of " + params.get("uri"));
    }
}
