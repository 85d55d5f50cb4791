--- Every kernel of nn on the GPU: the calls of test/lua/kernel_calls.lua, compared with the CPU, all tensors after the call.
-- THC in the environment says on what: the simulator or a real GPU.
--   th test/gpu/test_nn_kernels.lua [name...]
require 'cunn'
local here = (arg[0]:match('^(.*/)') or './') .. '../lua/'
local check, rows = dofile(here .. 'check.lua'), dofile(here .. 'kernels.lua')
local apart = require('nn.selftest').apart
local calls, kernels = dofile(here .. 'kernel_calls.lua').recorded()

local left_out = {RReLU_updateOutput = true} -- draws
local only = {}
for _, name in ipairs(arg) do only[name] = true end

-- ORDER TYPES of the comparisons: on the GPU, on the CPU, tolerance relative to the largest value
local types = {{'Cuda', 'torch.FloatTensor', 2e-5}, {'CudaDouble', 'torch.DoubleTensor', 1e-11}}

-- What a tensor held before its first use may be anything.
local function tame(x)
   return x:clone():apply(function(v) return v ~= v and 0.5 or math.abs(v) > 1000 and 0.25 or v end)
end

-- The arguments; floating tensors become of the one type, and by `moved` all go to the GPU.
local function arguments(call, host, device)
   local args = {}
   for i = 1, call.n do
      local a = call[i]
      if torch.isTensor(a) then
         local floating = a:type() == 'torch.DoubleTensor' or a:type() == 'torch.FloatTensor'
         a = floating and tame(a:type(host)) or a
         a = device and a:type(floating and 'torch.' .. device .. 'Tensor' or (a:type():gsub('torch%.', 'torch.Cuda'))) or a:clone()
      elseif torch.typename(a) == 'torch.Generator' then a = device and cutorch or a
      end
      args[i] = a
   end
   return args
end

local function compare(call, device, host, tolerance)
   local what = call.name .. ' on ' .. device
   local expected, got = arguments(call, host), arguments(call, host, device)
   kernels[call.name](unpack(expected, 1, call.n))
   local ok, err = pcall(kernels[call.name], unpack(got, 1, call.n))
   check.ok(ok, what .. ': ' .. tostring(err))
   for i = 1, ok and call.n or 0 do
      if torch.isTensor(expected[i]) then
         local difference = apart(got[i], expected[i])
         check.ok(difference <= tolerance, ('%s: argument %d, %s, differs by %g'):format(what, i, rows[call.name][i].name, difference))
      end
   end
end

for _, call in ipairs(calls) do
   if (next(only) == nil or only[call.name]) and not left_out[call.name] then
      for _, t in ipairs(types) do compare(call, unpack(t)) end
   end
end

check.finish()
