--- Settings of the optimizers that have kernels, by name: what their suites on the CPU and on GPUs go through.
return {
   sgd = {{}, {momentum = .9}, {momentum = .9, dampening = 0, nesterov = true, weightDecay = .01}, {learningRateDecay = .1, weightDecay = .1}},
   adam = {{}, {weightDecay = .1, learningRateDecay = .01}}, adamw = {{}, {weightDecay = 0}}, radam = {{weightDecay = .1}}, lion = {{weightDecay = .1}},
   lamb = {{}}, rmsprop = {{}, {weightDecay = .1, initialMean = 1}}, adagrad = {{}, {weightDecay = .1}}, adadelta = {{}, {weightDecay = .1}},
}
