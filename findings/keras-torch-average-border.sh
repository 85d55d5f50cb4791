#!/bin/sh
# Keras's average pooling with padding 'same' counts border elements twice on the torch backend where pads are uneven.
#
# With padding 'same' an even window needs one pad more behind than in front. For even pads (a window of 3) the torch backend
# averages what lies within the input, so that pads count nowhere. For uneven ones it first extends the input by its own border
# elements and averages these, too: the first and last results differ from the means of what lies within, without a warning.
# Whoever checks a reader of Keras files by this backend finds a difference in every such layer.
#
# Seen with keras 3.15.1, torch 2.15.0, numpy 2.4.6, over 1 to 6, stride 1:
#   window 3: 1.50 2.00 3.00 4.00 5.00 5.50, means of what lies within the same
#   window 4: 1.75 2.50 3.50 4.50 5.25 5.75, means of what lies within 2.00 2.50 3.50 4.50 5.00 5.50
#
# Needs Python 3.11 or later and some gigabytes for torch. Fails when what is seen changes.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 torch==2.15.0 numpy==2.4.6
cat > "$work/average.py" << 'END_OF_PROGRAM'
import numpy, keras
x = numpy.arange(1, 7, dtype='float32')
for window in 3, 4:
    before = (window - 1) // 2
    within = [x[max(0, i - before):i - before + window].mean() for i in range(6)]
    y = keras.layers.AveragePooling1D(window, strides=1, padding='same')(x.reshape(1, 6, 1))
    for what, numbers in ('keras', keras.ops.convert_to_numpy(y).ravel()), ('within', within):
        print('window %d, %s:' % (window, what), *('%.2f' % v for v in numbers))
END_OF_PROGRAM
HOME=$work KERAS_BACKEND=torch "$work/venv/bin/python" "$work/average.py" > "$work/seen" 2> "$work/log" || { cat "$work/log"; exit 2; }
cat "$work/seen"
cat > "$work/expected" << 'END_OF_RESULTS'
window 3, keras: 1.50 2.00 3.00 4.00 5.00 5.50
window 3, within: 1.50 2.00 3.00 4.00 5.00 5.50
window 4, keras: 1.75 2.50 3.50 4.50 5.25 5.75
window 4, within: 2.00 2.50 3.50 4.50 5.00 5.50
END_OF_RESULTS
cmp -s "$work/seen" "$work/expected" || { echo 'this has changed'; exit 1; }
