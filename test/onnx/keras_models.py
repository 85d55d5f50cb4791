#!/usr/bin/env python3
"""keras_models.py FOLDER: models of Keras, each layer that nn.import knows, with random weights: N.keras, N.h5 and N.npz (x, y)."""
import os, sys
os.environ['KERAS_BACKEND'] = 'torch'
import numpy as np, keras
from keras import layers as L
np.random.seed(1)
folder, count = sys.argv[1], 0

def save(what, layer, *shape, words=0):
    global count
    count += 1
    layer = layer if isinstance(layer, list) else [layer]
    net = keras.Sequential([keras.Input(shape)] + layer)
    net.set_weights([np.random.uniform(0.2 if 'variance' in w.path else -0.8, 0.9, w.shape).astype('f4') for w in net.weights])
    x = np.random.randint(0, words, (3,) + shape) if words else np.random.randn(3, *shape)
    x = x.astype('f4')
    y = net(x, training=False).detach().numpy()
    name = '%s/%02d_%s' % (folder, count, what)
    net.save(name + '.keras')
    net.save(name + '.h5')
    np.savez(name + '.npz', x=x, y=y)

save('lstm', L.LSTM(4), 5, 3)
save('lstm_sequences', [L.LSTM(4, return_sequences=True), L.LSTM(2, use_bias=False)], 5, 3)
save('gru', L.GRU(4, return_sequences=True), 5, 3)
save('gru_before', L.GRU(4, reset_after=False), 5, 3)
save('gru_nobias', L.GRU(4, use_bias=False), 5, 3)
for mode in 'concat', 'sum', 'mul', 'ave':
    save('both_' + mode, L.Bidirectional(L.LSTM(3, return_sequences=mode != 'sum'), merge_mode=mode), 4, 2)
save('both_gru', L.Bidirectional(L.GRU(3)), 4, 2)
save('embedding', [L.Embedding(7, 4), L.LSTM(3)], 5, words=7)
save('layernorm', L.LayerNormalization(), 5, 3)
save('layernorm_center', L.LayerNormalization(scale=False), 5, 3)
save('layernorm_scale', L.LayerNormalization(center=False), 5, 3)
save('batchnorm', [L.BatchNormalization(), L.BatchNormalization(scale=False), L.BatchNormalization(center=False)], 4, 4, 3)
save('depthwise', L.DepthwiseConv2D(3, padding='same', depth_multiplier=2, activation='relu'), 6, 5, 3)
save('separable', L.SeparableConv2D(4, 3, strides=2, padding='same', activation='tanh'), 7, 6, 3)
save('separable_plain', L.SeparableConv2D(4, (3, 2), depth_multiplier=2, use_bias=False), 7, 6, 3)
save('transpose_same', L.Conv2DTranspose(4, 3, strides=2, padding='same'), 4, 5, 3)
save('transpose_valid', L.Conv2DTranspose(4, (3, 2), strides=(2, 3)), 4, 5, 3)
save('transpose_even', L.Conv2DTranspose(2, 4, strides=2, padding='same', use_bias=False), 3, 3, 2)
save('conv1d', [L.Conv1D(4, 3, padding='causal'), L.Conv1D(3, 2, strides=2, padding='same', activation='elu')], 9, 3)
save('upsampling', L.UpSampling2D(2), 3, 4, 2)
save('upsampling_uneven', L.UpSampling2D((2, 3)), 3, 4, 2)
save('upsampling1d', L.UpSampling1D(3), 4, 2)
save('zeropadding', [L.ZeroPadding2D(((1, 2), (3, 0))), L.Cropping2D(((1, 0), (1, 1)))], 3, 4, 2)
save('zeropadding1d', L.ZeroPadding1D((2, 1)), 4, 2)
save('globalmax', L.GlobalMaxPooling2D(), 3, 4, 2)
save('globalmax_keep', L.GlobalMaxPooling2D(keepdims=True), 3, 4, 2)
save('globalaverage_keep', L.GlobalAveragePooling1D(keepdims=True), 4, 2)
save('globalmax1d', L.GlobalMaxPooling1D(), 4, 2)
save('average1d', L.AveragePooling1D(2), 6, 3)
save('average2d', L.AveragePooling2D((2, 3)), 6, 6, 3)
save('max1d', L.MaxPooling1D(3, strides=2, padding='same'), 6, 3)
save('reshape', [L.Reshape((4, -1)), L.Permute((2, 1)), L.Flatten()], 6, 2)
save('distributed', L.TimeDistributed(L.Dense(4, activation='sigmoid')), 5, 3)
save('repeat', [L.RepeatVector(3), L.GRU(2)], 4)
save('relus', [L.Dense(6), L.ReLU(negative_slope=0.3), L.Dense(6), L.ReLU(max_value=0.5), L.Dense(6, activation='selu'), L.LeakyReLU(), L.Dense(4, activation='gelu')], 5)
save('prelu', [L.Dense(6), L.PReLU()], 5)
save('prelu2d', L.PReLU(shared_axes=[1, 2]), 3, 4, 2)
save('noise', [L.GaussianNoise(0.1), L.GaussianDropout(0.2), L.Dense(3)], 5)
x = keras.Input((4, 3)); y = keras.Input((4, 3))
net = keras.Model([x, y], L.Dense(2)(L.Concatenate()([L.Average()([x, y]), L.GRU(3, return_sequences=True)(L.Add()([x, y]))])))
a, b = np.random.randn(3, 4, 3).astype('f4'), np.random.randn(3, 4, 3).astype('f4')
out = net([a, b], training=False)
np.savez('%s/99_graph.npz' % folder, x=a, x2=b, y=out.detach().numpy())
net.save(folder + '/99_graph.keras'); net.save(folder + '/99_graph.h5')
