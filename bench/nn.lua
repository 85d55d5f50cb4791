package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local nets = require 'nets'
-- Whole training steps: forward, loss, backward, update. The peer runs the same net with autograd.

bench.run('Training steps, floats',
   {nets.case('mlp', 128), nets.case('mlp', 64, nil, true), nets.case('small', 16, nil, true), nets.case('lenet', 64, nil, true),
      nets.case('convbn', 16), nets.case('resnet20', 32, nil, true), nets.case('lstm', 50, nil, true),
      nets.case('transformer', 16, nil, true)})
