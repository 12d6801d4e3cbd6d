"""The public face; read at run time by `autograd.lazy`."""

from optim import lr_scheduler, swa_utils
from optim.adagrad import Adadelta, Adagrad, RMSprop
from optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from optim.lbfgs import LBFGS
from optim.optimizer import Optimizer
from optim.rprop import ASGD, Rprop
from optim.sgd import LARS, SGD
