--- nn.DataParallelTable(dim [, flattenParams=false [, usenccl=false]]): a net on several GPUs of this process. A batch is
-- cut along a dimension into parts of nearly equal size, the first ones being the larger; each GPU has a replica of the net
-- and computes its part. Outputs and gradInputs are joined on the first GPU, gradients of parameters added up there; the
-- parameters of the others become the first GPU's in the next forward.
--
--    local net = nn.DataParallelTable(1):add(nn.Sequential():add(...):cuda(), {1, 2})
--    local params, grads = net:getParameters()             -- the first GPU's; the rest is as with any net
--
-- flattenParams: parameters of each replica lie in one vector, which is copied and added as one. usenccl is taken and changes
-- nothing: GPUs copy from each other. Inputs may be tensors of the CPU, tables of tensors, and of fewer rows than there are
-- GPUs. Each replica keeps running means of its own; the first one's are saved. dist.DataParallel is the same for several
-- processes.
local cutorch, torch, nn = cutorch, torch, nn
local check = require 'nn.check'
local spread = require 'cunn.spread'
local Table, parent = torch.class('nn.DataParallelTable', 'nn.Container')
Table.__version = 3
require 'cunn.replicas'

function Table:__init(dim, flattenParams, usenccl)
   parent.__init(self)
   local whole = type(dim) == 'number' and dim >= 1 and dim == math.floor(dim)
   check.expect(whole, self, 1, 'dim', 'number of a dimension expected, got %s', torch.type(dim))
   check.expect(flattenParams or not usenccl, self, 3, 'usenccl', 'needs flattenParams')
   self.dimension, self.flattenParams, self.usenccl = dim, flattenParams or false, usenccl or false
   self.gpuAssignments, self.needsSync = {}, false
   self.impl = nn.DataParallelTable.Basic(self)
end

local function fail(self, message, ...) error(('%s: %s'):format(torch.type(self), message:format(...)), 0) end

local function check_gpu(self, gpu)
   local n = cutorch.getDeviceCount()
   local is = type(gpu) == 'number' and gpu >= 1 and gpu <= n and gpu == math.floor(gpu)
   check.expect(is, self, 2, 'gpus', 'numbers of GPUs from 1 to %d expected, got %s', n, tostring(gpu))
end

--- net:add(module, gpus) -> net: the net that is replicated, and the list of its GPUs, once; or one GPU a call, of which the
-- first one gives the module, that lies there.
function Table:add(module, gpus)
   local once = type(gpus) == 'table'
   for _, gpu in ipairs(once and gpus or {gpus}) do check_gpu(self, gpu) end
   check.expect(once and gpus[1] or type(gpus) == 'number', self, 2, 'gpus', 'GPU or list of GPUs expected, got %s', torch.type(gpus))
   if once and self.modules[1] then fail(self, 'a module and its GPUs are added once') end
   if not self.modules[1] then
      check.expect(torch.isTypeOf(module, 'nn.Module'), self, 1, 'module', 'nn.Module expected, got %s', torch.type(module))
      self.modules[1] = module
      self._type = module:type()
   end
   for _, gpu in ipairs(once and gpus or {gpus}) do table.insert(self.gpuAssignments, gpu) end
   self.impl:close()
   return self
end

--- net:threads([init [, syncCopies]]) -> net: from now on a thread for each GPU runs its replica; init(id) is called in each
-- one first, to load what the net needs. Wants the package threads. syncCopies is taken and changes nothing.
function Table:threads(init)
   self.impl:close()
   self.impl = nn.DataParallelTable.Threads(self, init)
   return self
end

--- net:get(1) -> module: the replica of the first GPU, the module that was added.
function Table:get(index)
   check.expect(index == 1, self, 1, 'index', '1, the replica of the first GPU, expected, got %s', tostring(index))
   return self.modules[1]
end

-- ---- parameters ----

-- f() on the first GPU.
local function at_base(self, f)
   if not self.gpuAssignments[1] then fail(self, 'net:add(module, gpus) first') end
   return cutorch.withDevice(self.gpuAssignments[1], f)
end

-- Weights and gradients of every replica.
function Table:moduleParameters()
   if self.flattenedParams then return self.flattenedParams end
   return self.impl:each(function(module)
      local weights, grads = module:parameters()
      return {weights or {}, grads or {}}
   end)
end

--- net:flattenParameters(): lays the parameters of every replica into one vector, and their gradients.
function Table:flattenParameters()
   self.impl:setup()
   self.flattenedParams = self.impl:each(function(module)
      local p, g = module:getParameters()
      return {{p}, {g}}
   end)
end

function Table:getParameters()
   self:flattenParameters()
   local first = self.flattenedParams[1]
   return first[1][1], first[2][1]
end

function Table:parameters() return at_base(self, function() return self.modules[1]:parameters() end) end

function Table:_column(which)
   local list = {}
   for i, both in ipairs(self:moduleParameters()) do list[i] = both[which] end
   return list
end

-- Tensors of all replicas become the first one's.
function Table:_broadcast(params)
   for i = 2, #params do
      for k, t in ipairs(params[i]) do t:copy(params[1][k]) end
   end
end

-- Those of the first replica become the sum of all, the others zero.
function Table:_reduce(params)
   at_base(self, function()
      for k, sum in ipairs(params[1]) do
         for i = 2, #params do
            sum:add(sum.new():resizeAs(sum):copy(params[i][k]))
            params[i][k]:zero()
         end
      end
   end)
end

--- net:syncParameters(): parameters of all GPUs become the first one's. forward does it after a backward.
function Table:syncParameters()
   self.impl:setup()
   self:_broadcast(self:_column(1))
   self.needsSync = false
end

function Table:zeroGradParameters()
   self.impl:setup()
   for _, gradients in ipairs(self:_column(2)) do
      for _, g in ipairs(gradients) do g:zero() end
   end
end

function Table:updateParameters(learningRate)
   at_base(self, function() self.modules[1]:updateParameters(learningRate) end)
   self:syncParameters()
end

-- ---- the passes ----

function Table:_distribute(into, x) return spread.cut(into, x, self.dimension, self.gpuAssignments, self:type()) end
function Table:_concat(into, parts) return at_base(self, function() return spread.join(into, parts, self.dimension) end) end

local function call(module, method, ...) return module[method](module, ...) end

-- A method of the replicas that have rows: results.
local function pass(self, method, ...)
   local lists = {...}
   local arguments = {}
   for i = 1, #self.gpuAssignments do
      if spread.rows(lists[1][i], self.dimension) > 0 or i == 1 then
         arguments[i] = {method}
         for _, list in ipairs(lists) do table.insert(arguments[i], type(list) == 'table' and list[i] or list) end
      end
   end
   return self.impl:exec(call, arguments)
end

function Table:updateOutput(input)
   at_base(self, function() end)
   if not nn.utils.onGPU(self:type()) then fail(self, 'the module has tensors of the CPU; net:cuda() first') end
   self.impl:setup()
   if self.flattenParams and not self.flattenedParams then self:flattenParameters() end
   if self.needsSync then self:syncParameters() end
   self.inputGpu = self:_distribute(self.inputGpu, input)
   self.output = self:_concat(self.output, pass(self, 'updateOutput', self.inputGpu))
   return self.output
end

function Table:__backward(method, input, gradOutput, scale)
   self.impl:setup()
   if not self.inputGpu then self.inputGpu = self:_distribute(nil, input) end
   self.gradOutputGpu = self:_distribute(self.gradOutputGpu, gradOutput)
   local results = pass(self, method, self.inputGpu, self.gradOutputGpu, scale)
   if method ~= 'accGradParameters' then self.gradInput = self:_concat(self.gradInput, results) end
   if method ~= 'updateGradInput' then
      self:_reduce(self:_column(2))
      self.needsSync = true
   end
   return self.gradInput
end

function Table:backward(input, gradOutput, scale) return self:__backward('backward', input, gradOutput, scale or 1) end
function Table:updateGradInput(input, gradOutput) return self:__backward('updateGradInput', input, gradOutput) end
function Table:accGradParameters(input, gradOutput, scale) self:__backward('accGradParameters', input, gradOutput, scale or 1) end
function Table:accUpdateGradParameters() fail(self, 'accUpdateGradParameters: gradients of several GPUs have to be added up first; use backward and updateParameters') end
function Table:sharedAccUpdateGradParameters() self:accUpdateGradParameters() end

-- ---- the module as a whole ----

for _, name in ipairs{'training', 'evaluate', 'clearState'} do
   local own = nn.Module[name]
   Table[name] = function(self)
      self.impl:tell(name)
      if name == 'clearState' then self.inputGpu, self.gradOutputGpu = nil, nil end
      return own(self)
   end
end

-- What may change anything of the module is done to the first replica, and the others are made again from that.
function Table:_change(f)
   self.impl:close()
   self.flattenedParams = nil
   at_base(self, f)
end

function Table:reset(stdv) self:_change(function() self.modules[1]:reset(stdv) end) end

--- net:apply(callback): calls callback for this module and all below it on the first GPU; the other replicas become copies.
function Table:apply(callback)
   self:_change(function() parent.apply(self, callback) end)
end

--- net:type([type]): a type of the GPU only.
function Table:type(type_, cache)
   if not type_ then return self.modules[1] and self.modules[1]:type() or self._type end
   if not nn.utils.onGPU(type_) then
      fail(self, 'type: torch.CudaTensor, torch.CudaDoubleTensor or torch.CudaHalfTensor expected, got %s; net:get(1) is the module', type_)
   end
   self:clearState()
   self:_change(function()
      self.modules[1]:type(type_, cache)
      self.output, self.gradInput = torch.getconstructortable(type_)(), torch.getconstructortable(type_)()
   end)
   self._type = type_
   return self
end

function Table:share() fail(self, 'share: the replicas have parameters of their own') end

--- net:clone() -> net: nothing can be shared.
function Table:clone(...)
   if select('#', ...) > 0 then self:share() end
   return parent.clone(self)
end

-- ---- files: the GPUs, then the fields; replicas are made anew ----

function Table:write(file)
   local fields = {}
   for k, v in pairs(self) do fields[k] = v end
   for _, name in ipairs{'gpuAssignments', 'inputGpu', 'gradOutputGpu', 'flattenedParams'} do fields[name] = nil end
   file:writeObject(self.gpuAssignments)
   file:writeObject(fields)
end

-- A file that was made on more GPUs: deserializeNGPUs says how many there are to be.
local function available(self, gpus)
   local forced, n = nn.DataParallelTable.deserializeNGPUs, cutorch.getDeviceCount()
   if forced then
      gpus = {}
      for i = 1, forced do gpus[i] = i end
   end
   for _, gpu in ipairs(gpus) do
      if gpu > n then
         fail(self, 'the file wants GPU %d, and there are %d; nn.DataParallelTable.deserializeNGPUs = %d before torch.load takes fewer', gpu, n, n)
      end
   end
   return gpus
end

function Table:read(file)
   local gpus = file:readObject()
   local old = gpus.modules and gpus -- before version 3 all fields were one object
   self.gpuAssignments = available(self, old and old.gpuAssignments or gpus)
   at_base(self, function()
      for k, v in pairs(old or file:readObject()) do
         if k ~= 'gpuAssignments' then self[k] = v end
      end
   end)
   self.modules = {self.modules[1]}
   self.impl = self.impl or nn.DataParallelTable.Basic(self)
   self.impl.dpTable = self
end

Table.__read, Table.__write = Table.read, Table.write

function Table:__tostring__() return ('DataParallelTable: %d x %s'):format(#self.gpuAssignments, tostring(self.modules[1])) end
