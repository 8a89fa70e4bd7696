// Faults of a grammar's own code: see fault.c.
#ifndef INKLING_SYNTAX_FAULT_H
#define INKLING_SYNTAX_FAULT_H

// fault_watch handles faults of this process from now on.
void fault_watch(void);

#endif
