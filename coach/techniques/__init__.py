"""Every technique that can help a job, one file each: the one list that remedies, ablations and pages stand on."""

from typing import Any

from coach.techniques.activations.elu import Elu
from coach.techniques.activations.hidden_softmax import HiddenSoftmax
from coach.techniques.activations.leaky_relu import LeakyRelu
from coach.techniques.activations.nonlinearity import Nonlinearity
from coach.techniques.activations.prelu import Prelu
from coach.techniques.activations.relu import Relu
from coach.techniques.activations.selu import Selu
from coach.techniques.data.class_weights import ClassWeights
from coach.techniques.data.larger_batches import LargerBatches
from coach.techniques.data.more_epochs import MoreEpochs
from coach.techniques.data.scaled_inputs import ScaledInputs
from coach.techniques.data.smaller_batches import SmallerBatches
from coach.techniques.initialization.glorot import GlorotInitialization
from coach.techniques.initialization.he import HeInitialization
from coach.techniques.initialization.lecun import LecunInitialization
from coach.techniques.initialization.variance_scaling import VarianceScalingInitialization
from coach.techniques.normalization.after_activation import BatchNormalizationAfter
from coach.techniques.normalization.before_activation import BatchNormalizationBefore
from coach.techniques.optimizers.adam import Adam
from coach.techniques.optimizers.gradient_clipping import GradientClipping
from coach.techniques.optimizers.higher_rate import RaiseLearningRate
from coach.techniques.optimizers.lower_rate import LowerLearningRate
from coach.techniques.optimizers.momentum import Momentum
from coach.techniques.optimizers.nadam import Nadam
from coach.techniques.optimizers.nesterov import Nesterov
from coach.techniques.optimizers.rmsprop import RmsProp
from coach.techniques.output.fitting_loss import FittingLoss
from coach.techniques.output.output_activation import OutputActivation
from coach.techniques.output.output_units import OutputUnits
from coach.techniques.regularization.dropout import Dropout
from coach.techniques.regularization.early_stopping import EarlyStopping
from coach.techniques.regularization.l1 import L1Regularization
from coach.techniques.regularization.l1_l2 import L1L2Regularization
from coach.techniques.regularization.l2 import L2Regularization
from coach.techniques.regularization.less_dropout import LessDropout
from coach.techniques.regularization.less_regularization import LessRegularization
from coach.techniques.regularization.max_norm import MaxNorm
from coach.techniques.reuse.reused_weights import ReusedWeights
from coach.techniques.schedules.exponential import ExponentialScheduling
from coach.techniques.schedules.one_cycle import OneCycleScheduling
from coach.techniques.schedules.performance import PerformanceScheduling
from coach.techniques.schedules.piecewise import PiecewiseScheduling
from coach.techniques.schedules.power import PowerScheduling
from coach.techniques.schedules.warm_up import WarmUp
from coach.techniques.shape.deeper import Deeper
from coach.techniques.shape.narrower import NarrowerLayers
from coach.techniques.shape.shallower import Shallower
from coach.techniques.shape.wider import WiderLayers
from coach.techniques.technique import Technique

TECHNIQUES: tuple[Technique[Any], ...] = (
    GlorotInitialization(),
    HeInitialization(),
    VarianceScalingInitialization(),
    LecunInitialization(),
    Relu(),
    LeakyRelu(),
    Prelu(),
    Elu(),
    Selu(),
    Nonlinearity(),
    HiddenSoftmax(),
    BatchNormalizationAfter(),
    BatchNormalizationBefore(),
    Momentum(),
    Nesterov(),
    RmsProp(),
    Adam(),
    Nadam(),
    GradientClipping(),
    LowerLearningRate(),
    RaiseLearningRate(),
    PowerScheduling(),
    ExponentialScheduling(),
    PiecewiseScheduling(),
    PerformanceScheduling(),
    WarmUp(),
    OneCycleScheduling(),
    L1Regularization(),
    L2Regularization(),
    L1L2Regularization(),
    Dropout(),
    MaxNorm(),
    EarlyStopping(),
    LessDropout(),
    LessRegularization(),
    ScaledInputs(),
    ClassWeights(),
    SmallerBatches(),
    LargerBatches(),
    MoreEpochs(),
    WiderLayers(),
    NarrowerLayers(),
    Deeper(),
    Shallower(),
    OutputActivation(),
    FittingLoss(),
    OutputUnits(),
    ReusedWeights(),
)
"""All of them, in the order of the notebook."""
