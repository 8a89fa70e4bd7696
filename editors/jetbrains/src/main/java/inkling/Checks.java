package inkling;

import java.util.concurrent.Callable;

/** What was seen, line by line. */
final class Checks {
    private static final long PATIENCE_MS = Long.parseLong(System.getenv().getOrDefault("INKLING_TEST_PATIENCE", "60")) * 1000;
    private int failed;

    /** Notes a check; detail is printed where it failed. */
    void that(String name, boolean ok, Object detail) {
        System.out.println((ok ? "ok    " : "FAIL  ") + name + (ok ? "" : ": " + detail));
        failed += ok ? 0 : 1;
    }

    /** Waits until what is true, and returns whether it became so. */
    static boolean eventually(Callable<Boolean> what) throws Exception {
        long end = System.currentTimeMillis() + PATIENCE_MS;
        while (!what.call()) {
            if (System.currentTimeMillis() > end) {
                return false;
            }
            Thread.sleep(20);
        }
        return true;
    }

    /** Ends the program. */
    void finish() {
        System.out.println(failed == 0 ? "all passed" : failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }
}
