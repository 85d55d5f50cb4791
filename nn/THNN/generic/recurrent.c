#include "elements/recurrent.h"
ELEMENT_LOOP(lstm, THNN_Cell)
ELEMENT_LOOP(lstm_grad, THNN_Cell)
ELEMENT_LOOP(gru, THNN_Cell)
ELEMENT_LOOP(gru_grad, THNN_Cell)
