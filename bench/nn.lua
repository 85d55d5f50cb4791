package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local nets = require 'nets'
-- Whole training steps: forward, loss, backward, update. The peer runs the same net with autograd.

bench.run('Training steps, floats',
   {nets.case('mlp', 128), nets.case('mlp', 64), nets.case('small', 16), nets.case('lenet', 64), nets.case('convbn', 16),
      nets.case('resnet20', 32), nets.case('lstm', 50), nets.case('transformer', 16)})

-- BENCH_COMPILE=1: beside torch.compile, too, which takes minutes before the first step.
if os.getenv('BENCH_COMPILE') then
   bench.run('Training steps, floats, beside torch.compile',
      {nets.case('mlp', 64, nil, true), nets.case('small', 16, nil, true), nets.case('lenet', 64, nil, true),
         nets.case('resnet20', 32, nil, true), nets.case('lstm', 50, nil, true), nets.case('transformer', 16, nil, true)})
end
