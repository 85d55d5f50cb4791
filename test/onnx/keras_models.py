#!/usr/bin/env python3
"""keras_models.py FOLDER: models of Keras, each layer that nn.import knows, with random weights: N.keras, N.h5 and N.npz (x, y)."""
import os, sys
os.environ['KERAS_BACKEND'] = 'torch'
import numpy as np, keras
from keras import layers as L
np.random.seed(1)
folder, count = sys.argv[1], 0

def averages(x, size, strides, padding):
    grid = x.shape[1:-1]
    total = [max((-(-n // s) - 1) * s + k - n, 0) if padding == 'same' else 0 for n, k, s in zip(grid, size, strides)]
    count = [(n + t - k) // s + 1 for n, t, k, s in zip(grid, total, size, strides)]
    y = np.zeros((x.shape[0], *count, x.shape[-1]), 'f4')
    for at in np.ndindex(*count):
        window = [slice(max(i * s - t // 2, 0), i * s - t // 2 + k) for i, s, t, k in zip(at, strides, total, size)]
        y[(slice(None), *at)] = x[(slice(None), *window)].mean(tuple(range(1, x.ndim - 1)))
    return y

def save(what, layer, *shape, words=0, values=0):
    global count
    count += 1
    layer = layer if isinstance(layer, list) else [layer]
    net = keras.Sequential([keras.Input(shape)] + layer)
    net.set_weights([np.random.uniform(0.2 if 'variance' in w.path else -0.8, 0.9, w.shape).astype('f4') for w in net.weights])
    x = np.random.randint(0, words, (3,) + shape) if words else np.random.randn(3, *shape)
    if values: x = np.repeat(np.random.randint(0, values, (3,) + shape[:-1] + (1,)), shape[-1], -1)
    x = x.astype('f4')
    y = net(x, training=False).detach().numpy()
    if all(type(l).__name__.startswith('AveragePooling') for l in layer):
        y = x # the backend torch repeats the border where pads are uneven; the others count what is there
        for l in layer: y = averages(y, l.pool_size, l.strides, l.padding)
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
save('lstm_backwards', [L.LSTM(4, go_backwards=True, return_sequences=True), L.GRU(3, go_backwards=True)], 5, 3)
save('conv3d', [L.Conv3D(4, (2, 3, 1), strides=(1, 2, 1), padding='same', activation='relu'), L.Conv3D(3, (1, 2, 3), use_bias=False)], 4, 5, 6, 2)
save('conv3d_groups', L.Conv3D(4, 2, groups=2), 3, 4, 3, 2)
save('transpose3d', [L.Conv3DTranspose(3, (2, 3, 4), strides=(2, 1, 2), padding='same'), L.Conv3DTranspose(2, (1, 2, 2), strides=(2, 2, 3))], 2, 3, 2, 2)
save('max3d', L.MaxPooling3D((2, 3, 2), strides=(1, 2, 2), padding='same'), 4, 5, 6, 2)
save('average3d', L.AveragePooling3D((2, 1, 3)), 4, 5, 6, 2)
save('globalaverage3d', L.GlobalAveragePooling3D(), 3, 4, 2, 2)
save('globalmax3d', L.GlobalMaxPooling3D(keepdims=True), 3, 4, 2, 2)
save('shape3d', [L.ZeroPadding3D(((1, 2), (0, 1), (3, 0))), L.UpSampling3D((2, 1, 3))], 2, 3, 2, 2)
save('simplernn', [L.SimpleRNN(4, return_sequences=True), L.SimpleRNN(3, activation='relu', use_bias=False, go_backwards=True)], 5, 3)
save('both_simplernn', L.Bidirectional(L.SimpleRNN(3, activation='sigmoid')), 4, 2)
save('conv1d_dilated', [L.Conv1D(4, 3, dilation_rate=2, padding='causal'), L.Conv1D(4, 3, dilation_rate=2, padding='same', groups=2), L.Conv1D(2, 2, strides=2, groups=2)], 9, 4)
save('conv3d_dilated', [L.Conv3D(4, (2, 3, 2), dilation_rate=(2, 1, 3), padding='same', activation='relu'), L.Conv3D(2, 2, dilation_rate=2, groups=2)], 5, 6, 7, 2)
save('average2d_same', [L.AveragePooling2D(3, strides=1, padding='same'), L.AveragePooling2D(2, strides=1, padding='same'), L.AveragePooling2D((2, 3), strides=(2, 3), padding='same')], 7, 8, 3)
save('average2d_wide', [L.AveragePooling2D((5, 4), strides=(2, 3), padding='same'), L.AveragePooling2D(4, padding='same')], 9, 10, 2)
save('average1d_same', [L.AveragePooling1D(4, strides=1, padding='same'), L.AveragePooling1D(3, padding='same')], 8, 3)
save('average3d_same', [L.AveragePooling3D(2, strides=1, padding='same'), L.AveragePooling3D((3, 2, 2), padding='same')], 4, 5, 7, 2)
save('bilinear', [L.UpSampling2D(2, interpolation='bilinear'), L.UpSampling2D((1, 3), interpolation='bilinear')], 3, 4, 2)
save('mask_zero', [L.Embedding(4, 5, mask_zero=True), L.LSTM(4, return_sequences=True), L.Dropout(0.5), L.Dense(4, activation='relu'), L.GRU(3)], 7, words=4)
save('mask_both', [L.Embedding(3, 5, mask_zero=True), L.Bidirectional(L.GRU(4, return_sequences=True)), L.Bidirectional(L.SimpleRNN(3), merge_mode='sum')], 6, words=3)
save('mask_backwards', [L.Embedding(3, 5, mask_zero=True), L.LSTM(4, go_backwards=True)], 6, words=3)
save('masking', [L.Masking(2.0), L.SimpleRNN(3, return_sequences=True), L.Conv1D(2, 2), L.GRU(2)], 6, 3, values=3)
t = keras.Input((5, 3))
residual = keras.Model(t, L.Add()([L.Dense(3, activation='tanh')(t), L.LSTM(3, return_sequences=True)(t)]), name='residual')
save('nested', [keras.Sequential([keras.Input((5, 6)), L.Dense(4), keras.Sequential([L.Dense(5, activation='relu'), L.Dense(3)])], name='base'), residual, L.Dense(2)], 5, 6)
x = keras.Input((4, 3)); y = keras.Input((4, 3))
net = keras.Model([x, y], L.Dense(2)(L.Concatenate()([L.Average()([x, y]), L.GRU(3, return_sequences=True)(L.Add()([x, y]))])))
a, b = np.random.randn(3, 4, 3).astype('f4'), np.random.randn(3, 4, 3).astype('f4')
out = net([a, b], training=False)
np.savez('%s/99_graph.npz' % folder, x=a, x2=b, y=out.detach().numpy())
net.save(folder + '/99_graph.keras'); net.save(folder + '/99_graph.h5')

x = keras.Input((5, 3)); h = keras.Input((4,)); c = keras.Input((4,))
y, h1, c1 = L.LSTM(4, return_state=True, return_sequences=True)(x, initial_state=[h, c])
z, h2 = L.GRU(4, return_state=True, go_backwards=True)(y, initial_state=h1)
net = keras.Model([x, h, c], L.Concatenate()([z, L.SimpleRNN(4)(y, initial_state=h2), L.Add()([c1, h2])]))
values = [np.random.randn(3, *shape).astype('f4') for shape in ((5, 3), (4,), (4,))]
np.savez('%s/99_states.npz' % folder, x=values[0], x2=values[1], x3=values[2], y=net(values, training=False).detach().numpy())
net.save(folder + '/99_states.keras'); net.save(folder + '/99_states.h5')
