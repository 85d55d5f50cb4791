--- Every module and criterion of nn on the GPU: the cases of nn/selftest.lua, compared with the CPU: output, gradient of
-- the input, gradients of the parameters. THC in the environment says on what: the simulator or a real GPU.
--   th test/gpu/test_nn_cases.lua [name...]
require 'cunn'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
local selftest = require 'nn.selftest'
torch.setdefaulttensortype('torch.FloatTensor')

-- ORDER TYPES of the comparisons: on the GPU, on the CPU, tolerance relative to the largest value
local types = {{'torch.CudaTensor', 'torch.FloatTensor', 1e-5}, {'torch.CudaDoubleTensor', 'torch.DoubleTensor', 1e-12}}

-- x with f of every tensor in it
local function mapped(x, f)
   if torch.isTensor(x) then return f(x) end
   if type(x) ~= 'table' then return x end
   local r = {}
   for k, v in pairs(x) do r[k] = mapped(v, f) end
   return r
end

local floating = {['torch.FloatTensor'] = true, ['torch.DoubleTensor'] = true}
-- Tensors of that type; integers go to its side.
local function moved(x, kind)
   return mapped(x, function(t)
      if floating[t:type()] then return t:type(kind) end
      if not kind:find('Cuda') then return t end
      return t:type((t:type():gsub('torch%.', 'torch.Cuda')))
   end)
end
local function home(x) return mapped(x, function(t) return t:double() end) end

-- Its numbers are drawn from low .. high, unless they are fixed; a float holds them exactly.
local function draw(input, low, high, fixed)
   torch.manualSeed(11)
   return mapped(input, function(t)
      if not floating[t:type()] or fixed then return t end
      return t:clone():uniform(low or -2, high or 2):mul(256):floor():add(0.5):div(256)
   end)
end

local function gradients(m)
   local _, g = m:parameters()
   return home(g or {})
end

local function module_pass(m, kind, input, g)
   m = m:clone():type(kind)
   m:zeroGradParameters()
   torch.manualSeed(7)
   cutorch.manualSeed(7)
   local x = moved(input, kind)
   local y = home(m:forward(x))
   g = g or mapped(y, function(t) return torch.randn(t:size()):double() end)
   local gx = m:backward(x, moved(g, kind))
   return {output = y, gradInput = home(gx), parameters = gradients(m)}, g
end

local function criterion_pass(c, kind, input, target)
   c = c:clone():type(kind)
   local x, t = moved(input, kind), moved(target, kind)
   return {output = c:forward(x, t), gradInput = home(c:backward(x, t))}
end

-- Modules that draw numbers once, and keep them.
local drawing = {SpatialFractionalMaxPooling = true, VolumetricFractionalMaxPooling = true}

local function compare(item, kinds)
   local case, device, host, tolerance = item.case, unpack(kinds)
   if drawing[item.class] then
      case[1]:type(host):forward(moved(case[2], host))
   end
   local what = item.class .. ' on ' .. device
   local at = item.kind == 'module' and 3 or 4
   local input, expected, g = draw(case[2], case[at], case[at + 1], case.fixed)
   if item.kind == 'module' then
      expected, g = module_pass(case[1], host, input)
   else
      expected = criterion_pass(case[1], host, input, case[3])
   end
   local ok, got = xpcall(function()
      if item.kind == 'module' then return module_pass(case[1], device, input, g) end
      return criterion_pass(case[1], device, input, case[3])
   end, os.getenv('TRACE') and debug.traceback or tostring)
   if not ok then return check.ok(false, what .. ': ' .. tostring(got)) end
   for part, e in pairs(expected) do
      if not (case.bare and part == 'gradInput') then
         local apart = selftest.apart(got[part], e)
         check.ok(apart <= tolerance, what .. ': ' .. part .. ' differs by ' .. apart)
      end
   end
end

-- Whose results are drawn: on the GPU they are others.
local random = {Dropout = true, SpatialDropout = true, VolumetricDropout = true, RReLU = true, WhiteNoise = true}
-- Modules about types and places themselves.
local other = {Copy = true, DontCast = true}

for _, item in ipairs(selftest.cases(arg[1] and {unpack(arg)} or nil)) do
   if not (random[item.class] or other[item.class]) then
      for _, kinds in ipairs(types) do compare(item, kinds) end
   end
end

check.finish()
