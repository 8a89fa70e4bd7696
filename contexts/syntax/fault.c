// A scanner that reads where there is nothing (Bash: a table of 256 entries, at the place of a character) ends the process by a
// signal. Below guard_parse such a fault leaves the parse, like an assertion that does not hold;
// elsewhere it goes on to whoever handled it before, which is Go's runtime. It may not be left in the midst of the C library's
// memory, whose locks would stay.
#include "fault.h"
#include "guard.h"

#include <signal.h>
#include <stddef.h>

static struct sigaction before_segv, before_bus;

static void faulted(int number, siginfo_t *info, void *context) {
	if (info->si_code > 0) guard_fault(); // of the processor, not sent by somebody
	const struct sigaction *before = number == SIGBUS ? &before_bus : &before_segv;
	if (before->sa_flags & SA_SIGINFO) {
		before->sa_sigaction(number, info, context);
	} else if (before->sa_handler == SIG_DFL || before->sa_handler == SIG_IGN) {
		sigaction(number, before, NULL); // the fault comes again
	} else {
		before->sa_handler(number);
	}
}

void fault_watch(void) {
	// On the stack for signals, which Go's threads have, since the usual one may be what is used up; and without a change of what is
	// blocked, since a handler that is left undoes none.
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	action.sa_sigaction = faulted;
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, &before_segv);
	sigaction(SIGBUS, &action, &before_bus);
}
