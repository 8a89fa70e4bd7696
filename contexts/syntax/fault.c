// A scanner that reads where there is nothing (Bash: a table of 256 entries, at the place of a character) ends the process by a
// signal. Below guard_parse such a fault leaves the parse, like an assertion that does not hold; elsewhere it goes on to whoever
// handled it before, which is Go's runtime. Left is only what faults in this program's own code: in the C library it could be in the
// midst of taking memory, whose locks would stay (it is never linked into the program, which opens the runtime by it). Systems other than Linux do not tell easily what is whose: there nothing is left.
#ifdef __linux__
#define _GNU_SOURCE // registers by name
#endif
#include "fault.h"
#include "guard.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __linux__
#include <ucontext.h>

extern char __executable_start, etext; // the linker's: where this program's code begins and ends

static bool ours(void *context) {
	const ucontext_t *at = context;
#if defined(__x86_64__)
	uintptr_t place = (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	uintptr_t place = (uintptr_t)at->uc_mcontext.pc;
#else
	uintptr_t place = 0;
	(void)at;
#endif
	return place >= (uintptr_t)&__executable_start && place < (uintptr_t)&etext;
}
#else
static bool ours(void *context) { return (void)context, false; }
#endif

static struct sigaction before_segv, before_bus;

static void faulted(int number, siginfo_t *info, void *context) {
	if (info->si_code > 0 && ours(context)) guard_fault(); // of the processor, not sent by somebody
	const struct sigaction *before = number == SIGBUS ? &before_bus : &before_segv;
	sigset_t all; // as the one before would have them; the end of this handler restores what was
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
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
