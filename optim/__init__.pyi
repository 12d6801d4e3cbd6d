"""The public face: what is imported under its own name is public; read at run time by `autograd.lazy`."""

from optim import lr_scheduler as lr_scheduler
from optim import swa_utils as swa_utils
from optim.adagrad import Adadelta as Adadelta
from optim.adagrad import Adagrad as Adagrad
from optim.adagrad import RMSprop as RMSprop
from optim.adam import Adam as Adam
from optim.adam import AdamW as AdamW
from optim.adam_variants import Adamax as Adamax
from optim.adam_variants import NAdam as NAdam
from optim.adam_variants import RAdam as RAdam
from optim.lbfgs import LBFGS as LBFGS
from optim.optimizer import Optimizer as Optimizer
from optim.rprop import ASGD as ASGD
from optim.rprop import Rprop as Rprop
from optim.sgd import LARS as LARS
from optim.sgd import SGD as SGD
