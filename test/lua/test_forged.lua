--- Files whose content is made up: what is read, and then used, saved, cloned, printed or called, must
-- give an error or do something sensible, whatever a field holds.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'nn'
torch.manualSeed(5)

-- ---- a writer of any object of any class, from the description of the format ----

local function writer()
   local f, index = torch.MemoryFile(), 0
   f:ascii()
   local w = {}
   local function shared() index = index + 1 f:writeInt(index) end
   local function text(s) f:writeInt(#s) f:writeChar(torch.CharStorage():string(s)) end
   function w.value(v)
      local kind = type(v)
      if v == nil then f:writeInt(0)
      elseif kind == 'number' then f:writeInt(1) f:writeDouble(v)
      elseif kind == 'string' then f:writeInt(2) text(v)
      elseif kind == 'boolean' then f:writeInt(5) f:writeInt(v and 1 or 0)
      elseif torch.typename(v) then f:writeObject(v)
      elseif v.class then w.object(v.class, v.fields)
      else w.table(v) end
   end
   function w.table(t)
      f:writeInt(3)
      shared()
      local n = 0
      for _ in pairs(t) do n = n + 1 end
      f:writeInt(n)
      for k, v in pairs(t) do w.value(k) w.value(v) end
   end
   function w.object(class, fields)
      f:writeInt(4)
      shared()
      text('V 1')
      text(class)
      w.value(fields)
   end
   function w.read()
      f:seek(1)
      return f:readObject()
   end
   return w
end

local function read(x)
   local w = writer()
   w.value(x)
   return w.read()
end

check.eq(read{a = 1, b = {'x', true}}, {a = 1, b = {'x', true}}, 'the writer of this test')

-- ---- stand-ins for functions ----

local values = {7, 'text', true, {}, {1, 2}, {{name = 'x'}}, -1, 0 / 0, 2 ^ 40}
local function stand_in(fields) return {class = 'torch.UnloadedFunction', fields = fields} end

local function use(x)
   pcall(torch.serialize, x)
   pcall(torch.serialize, {x, field = x})
   pcall(torch.serialize, x, 'ascii')
   pcall(tostring, x)
   pcall(function() return x() end)
   local m = nn.Identity()
   m.forged = x
   pcall(m.clone, m)
end

for _, field in ipairs{'bytecode', 'upvalues', 'tag', 'origin', 'why'} do
   for i = 0, #values do
      local fields = {bytecode = '\27LJ', upvalues = {}, tag = 8, origin = 'x', why = 'y'}
      fields[field] = values[i]
      local x = read(stand_in(fields))
      check.eq(torch.typename(x), 'torch.UnloadedFunction', field .. ' read')
      use(x)
   end
end
local loose = read(stand_in{bytecode = 'code', tag = 8})
check.error(function() torch.serialize(loose) end, 'Unwritable object <function>', 'no upvalues')
check.error(function() loose() end, 'test_forged.lua:%d+: .*is not loaded', 'no origin, no reason, but the line of the call')
use(torch.factory('torch.UnloadedFunction')())
local whole = read(stand_in{bytecode = 'code', upvalues = {{name = 'x', value = 1}}, tag = 8})
check.eq(torch.typename(torch.deserialize(torch.serialize{whole})[1]), 'torch.UnloadedFunction', 'a whole one is written')

-- ---- fields of modules ----

-- Every field of a module that has worked is replaced by something wrong, and the module used.
local T = torch.Tensor
local tensors = {
   T(), T(1):fill(1e9), T(200):fill(-1e9), T(3, 5):fill(0 / 0), torch.FloatTensor(4, 4):zero(), torch.LongTensor(2, 3):fill(2 ^ 40),
   torch.ByteTensor(7):zero(), T(1, 1, 1, 1, 1):fill(-1), torch.HalfTensor(2),
}
local others = {1000, -3, 0, 2 ^ 40, 0 / 0, 'text', true, {}, {1, 2, 3}, torch.LongStorage{5, -5}, torch.Generator()}

local function filled(t, v)
   local copy = t:clone()
   if copy.fill and t:dim() > 0 then pcall(copy.fill, copy, v) end
   return copy
end

-- The replacements of a field that holds `old`.
local function replacements(old)
   local list = {}
   for _, x in ipairs(others) do list[#list + 1] = x end
   for _, x in ipairs(tensors) do list[#list + 1] = x end
   if torch.isTensor(old) and old:dim() > 0 then
      for _, v in ipairs{1e9, -1e9, 0, 0 / 0, 3.5} do list[#list + 1] = filled(old, v) end
      list[#list + 1] = old:narrow(1, 1, 1):clone()
      list[#list + 1] = torch.cat(old, old, 1)
   end
   return list
end

local function exercise(m, input, gradOutput)
   pcall(m.forward, m, input)
   pcall(m.updateGradInput, m, input, gradOutput)
   pcall(m.accGradParameters, m, input, gradOutput, 1)
   pcall(m.zeroGradParameters, m)
   pcall(m.backward, m, input, gradOutput) -- after fields were replaced, not after a forward pass
   pcall(tostring, m)
   pcall(m.clearState, m)
end

local tried = 0
local function attack(name, m, input)
   local copy = torch.deserialize(torch.serialize(m))
   local output = copy:forward(input)
   local gradOutput = torch.isTensor(output) and output:clone():fill(1) or nil
   if gradOutput then pcall(copy.backward, copy, input, gradOutput) end
   local bytes = torch.serialize(copy)
   for field, old in pairs(copy) do
      for _, x in ipairs(replacements(old)) do
         for way = 1, 2 do -- before the forward pass, and between that and the backward pass
            local victim = torch.deserialize(bytes)
            if way == 2 then pcall(victim.forward, victim, input) end
            victim[field] = torch.isTensor(x) and x:clone() or x
            if way == 1 then exercise(victim, input, gradOutput)
            else pcall(victim.backward, victim, input, gradOutput) end
            tried = tried + 1
         end
      end
   end
   check.ok(true, name)
end

local C = torch.ByteTensor
for _, case in ipairs{
   {nn.Linear(4, 3), T(5, 4)}, {nn.SpatialConvolution(2, 3, 3, 2), T(2, 2, 5, 4)},
   {nn.SpatialDilatedConvolution(1, 2, 2, 2, 1, 1, 1, 1, 2, 2), T(2, 1, 5, 5)},
   {nn.SpatialFullConvolution(2, 3, 3, 2, 2, 2, 1, 0, 1, 1), T(2, 2, 3, 4)},
   {nn.VolumetricConvolution(1, 2, 2, 2, 2), T(1, 3, 3, 3)}, {nn.TemporalConvolution(3, 2, 2), T(5, 3)},
   {nn.SpatialMaxPooling(2, 2), T(2, 3, 5, 4)}, {nn.SpatialDilatedMaxPooling(2, 2), T(2, 5, 4)},
   {nn.SpatialAveragePooling(3, 2, 2, 1, 1, 1), T(2, 2, 5, 5)}, {nn.VolumetricMaxPooling(2, 2, 2), T(1, 4, 4, 4)},
   {nn.TemporalMaxPooling(2, 2), T(6, 3)}, {nn.SpatialAdaptiveMaxPooling(2, 3), T(2, 2, 5, 7)},
   {nn.SpatialFractionalMaxPooling(2, 2, 0.6, 0.5):fixPoolingRegions(), T(2, 2, 6, 7)},
   {nn.VolumetricFractionalMaxPooling(2, 2, 2, 2, 2, 2):fixPoolingRegions(), T(2, 4, 4, 5)},
   {nn.TemporalDynamicKMaxPooling(2, 0.5), T(2, 7, 2)}, {nn.FeatureLPPooling(3, 2, 3, true), T(2, 7, 2)},
   {nn.BatchNormalization(3), T(6, 3)}, {nn.SpatialBatchNormalization(2), T(3, 2, 3, 2)},
   {nn.SpatialCrossMapLRN(3, 1, 0.75, 1), T(2, 5, 2, 2)},
   {nn.SpatialSubtractiveNormalization(2, torch.ones(3)), T(2, 4, 5)},
   {nn.PReLU(2), T(3, 2, 4, 2)}, {nn.RReLU(), T(3, 4)}, {nn.Dropout(0.5), T(3, 4)}, {nn.Max(2), T(3, 4)},
   {nn.LookupTable(5, 3), T{1, 5, 2}}, {nn.SparseLinear(5, 3), {T{{2, 2}, {5, -1}}, T{{1, 3}}}},
   {nn.SpatialConvolutionMap(T{{1, 1}, {2, 1}, {2, 2}}, 2, 3, 2, 1), T(2, 2, 4, 5)},
   {nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 3, 2, 1, 2), T(2, 2, 2, 3)},
   {nn.SpatialConvolutionLocal(2, 2, 4, 3, 2, 3, 1, 2, 1, 1), T(2, 2, 3, 4)},
   {nn.TemporalRowConvolution(3, 2, 2), T(2, 6, 3)}, {nn.SpatialSubSampling(2, 3, 2, 2, 1), T(2, 2, 4, 5)},
   {nn.UpSampling({owidth = 5, oheight = 4}, 'linear'), T(1, 2, 3, 2)}, {nn.SpatialUpSamplingNearest(2), T(1, 2, 3, 2)},
   {nn.SpatialReflectionPadding(1, 2, -1, 1), T(2, 3, 4)}, {nn.Padding(2, -3), T(3, 4)},
   {nn.CMul(1, 4), T(3, 4)}, {nn.Euclidean(4, 3), T(2, 4)}, {nn.WeightNorm(nn.Linear(4, 3)), T(2, 4)},
   {nn.Index(1), {T(4, 2), torch.LongTensor{1, 3}}}, {nn.MaskedSelect(), {T(4), C{1, 0, 1, 1}}},
   {nn.Sequential():add(nn.View(-1)):add(nn.Replicate(3)), T(2, 3)},
} do
   local m, input = case[1], case[2]
   if torch.isTensor(input) and input:dim() > 1 then input:uniform() end -- not what LookupTable reads
   attack(torch.type(m), m, input)
end
check.ok(tried > 1000, 'fields were replaced')
check.finish()
