package inkling;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.lsp4j.CompletionContext;
import org.eclipse.lsp4j.CompletionItem;
import org.eclipse.lsp4j.CompletionParams;
import org.eclipse.lsp4j.CompletionTriggerKind;
import org.eclipse.lsp4j.ExecuteCommandParams;
import org.eclipse.lsp4j.InsertTextFormat;
import org.eclipse.lsp4j.TextDocumentIdentifier;
import org.eclipse.lsp4j.TextEdit;
import org.eclipse.lsp4j.util.Ranges;

/** The popup of completions as LSP4IJ fills it and applies it: its LSPCompletionContributor, CompletionPrefix and LSPCompletionProposal. */
final class Menu {
    private static final long AUTO_POPUP_MS = 300; // IntelliJ's
    private final Document document;

    Menu(Document document) {
        this.document = document;
    }

    /** What the popup holds at the caret: the items that IntelliJ's matcher keeps. */
    List<CompletionItem> open(boolean byItself) throws Exception {
        Thread.sleep(AUTO_POPUP_MS);
        var before = document.caret == 0 ? "" : document.text().substring(document.caret - 1, document.caret);
        var triggers = document.wrapper().capabilities.getCompletionProvider().getTriggerCharacters();
        var context = byItself && triggers.contains(before)
                ? new CompletionContext(CompletionTriggerKind.TriggerCharacter, before) : new CompletionContext(CompletionTriggerKind.Invoked);
        var params = new CompletionParams(new TextDocumentIdentifier(document.uri), document.position(document.caret), context);
        var answer = document.wrapper().server.getTextDocumentService().completion(params).get(60, TimeUnit.SECONDS);
        var items = answer.isLeft() ? answer.getLeft() : answer.getRight().getItems();
        return items.stream().filter(this::matches).toList();
    }

    /** Whether the label or the filter text begins with what stands between the edit's start and the caret. */
    private boolean matches(CompletionItem item) {
        var edit = item.getTextEdit().getLeft();
        var caret = document.position(document.caret);
        if (!Ranges.containsPosition(edit.getRange(), caret)) {
            return false;
        }
        var prefix = document.text().substring(document.offset(edit.getRange().getStart()), document.caret);
        var filter = item.getFilterText();
        if (filter != null && !filter.isBlank() && !item.getLabel().startsWith(filter)) {
            int common = 0;
            while (common < Math.min(prefix.length(), filter.length()) && prefix.charAt(common) == filter.charAt(common)) {
                common++;
            }
            prefix = prefix.substring(common); // its own rule
        }
        return item.getLabel().startsWith(prefix) || filter != null && filter.startsWith(prefix);
    }

    /** Takes an item that was offered when the caret stood at asked; what was typed since counts to its word. Its command is executed. */
    void choose(CompletionItem item, int asked) throws Exception {
        if (item.getInsertTextFormat() == InsertTextFormat.Snippet) {
            throw new IllegalStateException("a template, where plain text is said");
        }
        var edit = item.getTextEdit().map(e -> e, e -> new TextEdit(e.getInsert(), e.getNewText()));
        int start = document.offset(edit.getRange().getStart());
        int end = document.offset(edit.getRange().getEnd()) + document.caret - asked;
        document.replace(start, end, edit.getNewText()).get();
        var command = item.getCommand();
        document.wrapper().server.getWorkspaceService().executeCommand(new ExecuteCommandParams(command.getCommand(), command.getArguments()))
                .get(10, TimeUnit.SECONDS);
    }
}
