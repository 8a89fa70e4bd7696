package inkling;

import java.io.File;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.lsp4j.TextDocumentSyncKind;

/** LSP4IJ's part, played against a bridge and a server: java inkling.Play INKLING FOLDER COMMAND OF THE BRIDGE, as docs/editors.md shows it. */
public final class Play {
    private static final String URI = "file:///project/a.go";
    private static final String HEAD = "package a\n\n// Add returns the sum of a and b. 😀\nfunc Add(a, b int) int {\n\t";
    private static final String TEXT = HEAD + "\n}\n";
    private static final String DONE = HEAD + "return a + b\n}\n";

    private final Checks checks = new Checks();
    private final String binary;
    private final File log;
    private final List<String> shown; // the command of the page
    private Serve serve;

    private Play(String binary, File log, List<String> shown) {
        this.binary = binary;
        this.log = log;
        this.shown = shown;
    }

    public static void main(String[] args) throws Exception {
        var play = new Play(args[0], new File(args[1], "server.log"), List.of(args).subList(2, args.length));
        try {
            play.serve = new Serve(play.binary, 0, play.log);
            play.inline();
            play.menu();
            play.inside();
        } finally {
            play.serve.close();
        }
        play.checks.finish();
    }

    /** The command, with this program and this server in it. */
    private List<String> command(String... more) {
        var words = shown.stream().map(word -> word.equals("inkling") ? binary : word.startsWith("ws://") ? serve.url() : word);
        return Stream.concat(words, Stream.of(more)).toList();
    }

    private Document open(Wrapper wrapper, String text) throws Exception {
        var document = new Document(wrapper, URI, text);
        document.caret = HEAD.length();
        return document;
    }

    private void inline() throws Exception {
        var wrapper = new Wrapper(command());
        var sync = wrapper.capabilities.getTextDocumentSync();
        checks.that("LSP4J reads the answer to initialize: inline completion, changes as deltas, no messages when a file is saved",
                wrapper.capabilities.getInlineCompletionProvider() != null && sync.isRight() && sync.getRight().getOpenClose()
                        && sync.getRight().getChange() == TextDocumentSyncKind.Incremental && sync.getRight().getSave() == null, wrapper.capabilities);
        var document = open(wrapper, TEXT);
        checks.that("the document is open", Checks.eventually(() -> serve.sessions("documents") == 1), serve.sessions("documents"));
        document.type("x😀é");
        document.replace(HEAD.length(), document.caret, "").get();
        document.type("return ");
        checks.that("and in step after deltas with 😀 in them", inStep(document), document.text());
        var inline = new Inline(document);
        suggests("a suggestion is there, in LSP4J's types", inline, "a + b");
        take("and ends the line when it is taken", inline, document, DONE);
        cancelled(wrapper, document, inline);
        newerKey(wrapper, document, inline);
        away(wrapper, document, inline);
        checks.that("typed as fast as it goes, the document is in step and nothing was shown",
                stormed(document) && wrapper.client.shown.isEmpty(), wrapper.client.shown);
        checks.that("the user was shown no error", inline.balloons.isEmpty(), inline.balloons);
        checks.that("stopped, the bridge has ended with 0", wrapper.stop() == 0, wrapper.process);
        wrapper = new Wrapper(command());
        document.open(wrapper);
        again(document);
        suggests("started again with the document open, suggestions are there", new Inline(document), "a + b");
        new Inline(document).ask();
        wrapper.dispose();
        checks.that("a project that closes says nothing: no session is left, and no row is busy",
                Checks.eventually(() -> serve.sessions("open") == 0 && serve.rowsBusy() == 0), serve.sessions("open"));
    }

    /** Whether the server holds the same text. */
    private static boolean inStep(Document document) throws Exception {
        var bytes = document.text().getBytes("UTF-8");
        var sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        return Checks.eventually(() -> {
            var answer = document.wrapper().server.digest(Map.of("textDocument", Map.of("uri", URI))).exceptionally(error -> Map.of());
            return sum.equals(answer.get(10, TimeUnit.SECONDS).get("sha256"));
        });
    }

    private void suggests(String name, Inline inline, String want) throws Exception {
        var variants = inline.variants(inline.ask().get(60, TimeUnit.SECONDS));
        checks.that(name, variants.size() == 1 && variants.get(0).grey().contains(want) && variants.get(0).skipped().isEmpty(), variants);
    }

    private void take(String name, Inline inline, Document document, String want) throws Exception {
        inline.accept(inline.variants(inline.ask().get(60, TimeUnit.SECONDS)).get(0));
        checks.that(name, document.text().equals(want) && inStep(document), document.text());
    }

    /** Takes back what was taken. */
    private static void again(Document document) throws Exception {
        document.replace(0, document.text().length(), TEXT).get();
        document.caret = HEAD.length();
        document.type("return ");
    }

    /** Another file, long and never seen before: its suggestion takes a while. The caret is in its last function. */
    private static void fresh(Document document) throws Exception {
        var lines = new StringBuilder("package a\n\n");
        for (int i = 0; i < 60; i++) {
            var name = Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36);
            lines.append("// F%1$s returns x times %2$d.\nfunc F%1$s(x int) int { return x * %2$d }\n\n".formatted(name, i));
        }
        int start = lines.length();
        document.replace(0, document.text().length(), lines + TEXT.substring("package a\n\n".length())).get();
        document.caret = start + HEAD.length() - "package a\n\n".length();
        document.type("return ");
    }

    private void cancelled(Wrapper wrapper, Document document, Inline inline) throws Exception {
        fresh(document);
        int requested = serve.sessions("events.requested");
        var answer = inline.ask();
        Checks.eventually(() -> serve.sessions("events.requested") > requested);
        inline.cancel();
        checks.that("a request that is cancelled is over at once for LSP4J", answer.get(1, TimeUnit.SECONDS) == null, answer);
        checks.that("and is answered", Checks.eventually(() -> errors(wrapper, -32800) > 0), wrapper.responses);
        suggests("and the next one has a suggestion", inline, "a + b");
    }

    private void newerKey(Wrapper wrapper, Document document, Inline inline) throws Exception {
        fresh(document);
        int requested = serve.sessions("events.requested");
        var answer = inline.ask();
        Checks.eventually(() -> serve.sessions("events.requested") > requested);
        document.type("a ");
        checks.that("a newer key ends the older request, which shows nothing",
                answer.completeOnTimeout(null, 30, TimeUnit.SECONDS).get() == null && errors(wrapper, -32801) > 0, answer);
        suggests("and the next one goes on from there", inline, "+ b");
    }

    private static long errors(Wrapper wrapper, int code) {
        return wrapper.responses.stream().filter(r -> r.getError() != null && r.getError().getCode() == code).count();
    }

    /** The server goes, and comes back. */
    private void away(Wrapper wrapper, Document document, Inline inline) throws Exception {
        again(document);
        int port = serve.port;
        serve.close();
        var variants = inline.variants(inline.ask().get(60, TimeUnit.SECONDS));
        checks.that("without a server the answer is empty, and one line of the log says why",
                variants.isEmpty() && wrapper.client.logged.stream().filter(line -> line.contains("the server is away")).count() == 1, wrapper.client.logged);
        document.replace(document.caret - "return ".length(), document.caret, "").get();
        document.type("return ");
        serve = new Serve(binary, port, log);
        checks.that("it comes back: the document is open again, as it is now",
                Checks.eventually(() -> serve.sessions("documents") == 1) && inStep(document), document.text());
        suggests("and suggestions are there again", inline, "a + b");
    }

    /** Types faster than anybody can: changes that LSP4IJ's writers put in another order. */
    private static boolean stormed(Document document) throws Exception {
        for (int i = 0; i < 300; i++) {
            document.replace(document.caret, document.caret, String.valueOf((char) ('a' + i % 26)));
            Thread.sleep(3);
        }
        return inStep(document);
    }

    private void menu() throws Exception {
        var wrapper = new Wrapper(command("--menu"));
        var document = open(wrapper, TEXT);
        document.type("retu");
        var menu = new Menu(document);
        int asked = document.caret;
        var items = menu.open(true);
        checks.that("with --menu, an item of the popup goes on from the word", items.size() == 1 && items.get(0).getLabel().contains("a + b"), items);
        document.type("rn");
        int accepted = serve.sessions("events.accepted");
        menu.choose(items.get(0), asked);
        checks.that("and replaces the word, with what was typed of it since", document.text().equals(DONE) && inStep(document), document.text());
        checks.that("and its command tells the server",
                Checks.eventually(() -> serve.sessions("events.accepted") == accepted + 1), serve.sessions("events.accepted"));
        again(document);
        items = menu.open(false);
        checks.that("asked for behind a blank, there is one too", items.size() == 1 && items.get(0).getLabel().contains("a + b"), items);
        menu.choose(items.get(0), document.caret);
        checks.that("which is inserted", document.text().equals(DONE) && inStep(document), document.text());
        checks.that("stopped, this bridge too has ended with 0", wrapper.stop() == 0 && wrapper.client.shown.isEmpty(), wrapper.client.shown);
    }

    /** The engine in the bridge. */
    private void inside() throws Exception {
        var wrapper = new Wrapper(List.of(binary, "lsp"));
        var document = open(wrapper, TEXT);
        document.type("return ");
        var inline = new Inline(document);
        boolean seen = Checks.eventually(() -> !inline.variants(inline.ask().get(60, TimeUnit.SECONDS)).isEmpty());
        checks.that("with the engine inside, suggestions come once it is loaded", seen && inline.balloons.isEmpty(), inline.balloons);
        checks.that("and it ends with 0", wrapper.stop() == 0, wrapper.process);
    }
}
