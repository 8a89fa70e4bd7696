package inkling;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.lsp4j.DidChangeTextDocumentParams;
import org.eclipse.lsp4j.DidOpenTextDocumentParams;
import org.eclipse.lsp4j.Position;
import org.eclipse.lsp4j.Range;
import org.eclipse.lsp4j.TextDocumentContentChangeEvent;
import org.eclipse.lsp4j.TextDocumentItem;
import org.eclipse.lsp4j.VersionedTextDocumentIdentifier;

/** An open document, kept in step as LSP4IJ's DocumentContentSynchronizer does: UTF-16, lines that end in "\n", versions from 1. */
final class Document {
    private static final long WAIT_AFTER_OPEN_MS = 500;
    final String uri;
    private final StringBuilder text;
    private Wrapper wrapper;
    private int version;
    int caret;

    Document(Wrapper wrapper, String uri, String text) throws Exception {
        this.uri = uri;
        this.text = new StringBuilder(text);
        open(wrapper);
    }

    /** Opens the document, with a server that was started again too. */
    void open(Wrapper wrapper) throws Exception {
        this.wrapper = wrapper;
        version = 1;
        var item = new TextDocumentItem(uri, "go", version, text.toString());
        wrapper.notify(server -> server.getTextDocumentService().didOpen(new DidOpenTextDocumentParams(item))).get();
        Thread.sleep(WAIT_AFTER_OPEN_MS);
    }

    /** Types, a change for each character as keys make them; the caret follows. */
    void type(String keys) throws Exception {
        for (int key : keys.codePoints().toArray()) {
            replace(caret, caret, Character.toString(key)).get();
        }
    }

    /** Replaces what lies between two offsets. The caret goes behind what was put there. */
    @SuppressWarnings("deprecation") // LSP4IJ says the length too
    CompletableFuture<Void> replace(int start, int end, String by) {
        var change = new TextDocumentContentChangeEvent(new Range(position(start), position(end)), by);
        change.setRangeLength(end - start);
        text.replace(start, end, by);
        caret = start + by.length();
        var params = new DidChangeTextDocumentParams(new VersionedTextDocumentIdentifier(uri, ++version), List.of(change));
        return wrapper.notify(server -> server.getTextDocumentService().didChange(params));
    }

    /** LSPIJUtils.toPosition. */
    Position position(int offset) {
        offset = Math.max(Math.min(offset, text.length()), 0);
        int line = (int) text.chars().limit(offset).filter(c -> c == '\n').count();
        return new Position(line, offset - (text.lastIndexOf("\n", offset - 1) + 1));
    }

    /** LSPIJUtils.toOffset: past a line's end is its end, past the text's end is that. */
    int offset(Position position) {
        int start = 0;
        for (int line = 0; line < position.getLine(); line++) {
            int end = text.indexOf("\n", start);
            if (end < 0) {
                return text.length();
            }
            start = end + 1;
        }
        int end = text.indexOf("\n", start);
        return Math.min(start + position.getCharacter(), end < 0 ? text.length() : end);
    }

    Wrapper wrapper() {
        return wrapper;
    }

    String text() {
        return text.toString();
    }
}
