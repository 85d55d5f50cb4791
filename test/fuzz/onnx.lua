--- Mutated ONNX files, opened, described and run on ones: an error that says why, or a model. It passes when nothing crashes;
-- under the sanitizers, when nothing is reported.
--   th test/fuzz/onnx.lua [files=2000, or seconds as 600s] [seed=1]
require 'torch'
require 'nn'
local onnx, import = require 'onnx', require 'nn.import'
local F = dofile((arg[0]:match('^(.*)/') or '.') .. '/fuzz.lua')(2000)
local pick = F.pick

-- Of mutants that ask for gigabytes and are within a machine's memory several at once are not, and each takes its time.
onnx.memoryLimit(2 ^ 28)

local path = os.tmpname()

local function bytes_of(net, x)
   onnx.save(path, net:float(), x)
   local f = io.open(path, 'rb')
   local text = f:read('*a')
   f:close()
   return text
end
local texts = {
   bytes_of(nn.Sequential():add(nn.Linear(3, 4)):add(nn.BatchNormalization(4)):add(nn.SoftMax()), torch.ones(2, 3):float()),
   bytes_of(nn.Sequential():add(nn.SpatialConvolution(1, 2, 3, 3)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2)):add(nn.View(-1)
      :setNumInputDims(3)):add(nn.Linear(8, 2)), torch.ones(2, 1, 6, 6):float()),
   bytes_of(nn.Sequential():add(nn.ConcatTable():add(nn.Identity()):add(nn.SpatialFullConvolution(2, 2, 3, 3, 1, 1, 1, 1))):add(nn.JoinTable(2))
      :add(nn.SpatialUpSamplingNearest(2)):add(nn.Transpose({2, 3})), torch.ones(1, 2, 4, 4):float()),
}

-- Inputs of ones in the sizes that the mutant declares, as long as they are small.
local function ones(model)
   local given, count = {}, 1
   for i, info in ipairs(model.inputs) do
      local sizes = {}
      for d, size in ipairs(info.size) do
         sizes[d] = type(size) == 'number' and math.max(size, 1) or 2
         count = count * sizes[d]
         if count > 1e5 then return nil end
      end
      given[i] = torch.ones(torch.LongStorage(#sizes > 0 and sizes or {1})):float()
   end
   return given
end

local total, opened, ran, nets = 0, 0, 0, 0
for k in F.rounds() do
   total = k
   local f = io.open(path, 'wb')
   f:write(F.mutate(pick(texts)))
   f:close()
   if pcall(import.onnx, path) then nets = nets + 1 end
   pcall(onnx.graph, path)
   local ok, model = pcall(onnx.load, path)
   if ok then
      opened = opened + 1
      tostring(model)
      local given = ones(model)
      if given and pcall(model.forward, model, given) then ran = ran + 1 end
   end
end
os.remove(path)
print(('%d mutated files, %d were models, %d of them ran, %d became nets, seed %d'):format(total, opened, ran, nets, F.seed))
