"""What all tests share."""

import signal

# A shell starts jobs in the background with interrupts ignored; so would be the processes that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
