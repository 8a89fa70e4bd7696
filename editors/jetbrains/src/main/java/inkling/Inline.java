package inkling;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.eclipse.lsp4j.InlineCompletionContext;
import org.eclipse.lsp4j.InlineCompletionItem;
import org.eclipse.lsp4j.InlineCompletionList;
import org.eclipse.lsp4j.InlineCompletionParams;
import org.eclipse.lsp4j.InlineCompletionTriggerKind;
import org.eclipse.lsp4j.TextDocumentIdentifier;
import org.eclipse.lsp4j.jsonrpc.ResponseErrorException;
import org.eclipse.lsp4j.jsonrpc.messages.Either;

/** Inline completion as LSP4IJ asks for it and shows it: its LSPInlineCompletionSupport, LSPInlineCompletionProvider and CancellationSupport. */
final class Inline {
    /** What is drawn in grey at the caret, and how much text behind the caret it skips. */
    record Variant(String grey, String skipped) {}

    private static final long DEBOUNCE_MS = 300;
    final List<String> balloons = new ArrayList<>(); // errors that the user would be shown
    private final Document document;
    private CompletableFuture<Either<List<InlineCompletionItem>, InlineCompletionList>> running;

    Inline(Document document) {
        this.document = document;
    }

    /** Asks at the caret when no key came for a while, always as if by itself. Null is no answer. */
    CompletableFuture<Either<List<InlineCompletionItem>, InlineCompletionList>> ask() throws InterruptedException {
        Thread.sleep(DEBOUNCE_MS);
        var context = new InlineCompletionContext();
        context.setTriggerKind(InlineCompletionTriggerKind.Automatic);
        var params = new InlineCompletionParams();
        params.setTextDocument(new TextDocumentIdentifier(document.uri));
        params.setPosition(document.position(document.caret));
        params.setContext(context);
        running = document.wrapper().server.getTextDocumentService().inlineCompletion(params);
        return running.handle(this::settle);
    }

    /** What a changed file or a moved caret does: LSP4J sends $/cancelRequest. */
    void cancel() {
        running.cancel(true);
    }

    private <T> T settle(T result, Throwable error) {
        if (error instanceof CompletionException) {
            error = error.getCause();
        }
        if (error instanceof ResponseErrorException refused) {
            switch (refused.getResponseError().getCode()) {
                case -32800, -32801, -32802 -> { }
                default -> balloons.add(refused.getResponseError().toString());
            }
        } else if (error != null && !(error instanceof CancellationException)) {
            balloons.add(error.toString());
        }
        return error == null ? result : null;
    }

    /** What is shown of an answer. */
    List<Variant> variants(Either<List<InlineCompletionItem>, InlineCompletionList> answer) {
        var variants = new ArrayList<Variant>();
        if (answer == null) {
            return variants;
        }
        for (var item : answer.isLeft() ? answer.getLeft() : answer.getRight().getItems()) {
            var text = item.getInsertText().isLeft() ? item.getInsertText().getLeft() : item.getInsertText().getRight().getValue();
            if (!text.isBlank()) {
                variants.add(variant(item, text));
            }
        }
        return variants;
    }

    private Variant variant(InlineCompletionItem item, String text) {
        if (item.getRange() == null) {
            return new Variant(text, "");
        }
        int start = document.offset(item.getRange().getStart()), end = document.offset(item.getRange().getEnd());
        int typed = document.caret - start;
        if (typed > 0 && document.caret <= end && typed < text.length()) {
            text = text.substring(typed);
        }
        return new Variant(text, end > document.caret ? document.text().substring(document.caret, end) : "");
    }

    /** Takes a variant: what is skipped stays, the grey text comes after it. */
    void accept(Variant variant) throws Exception {
        int at = document.caret + variant.skipped().length();
        document.replace(at, at, variant.grey()).get();
    }
}
