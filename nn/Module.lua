-- nn.Module(): what every layer is. A subclass defines updateOutput, updateGradInput and, with parameters,
-- accGradParameters.
--
-- Fields: output and gradInput, the results of the last passes; weight, bias, gradWeight, gradBias where it learns; train,
-- whether it behaves as in training; modules, where it is made of others. net(input) is net:forward(input).
local Module = torch.class('nn.Module')

function Module:__init()
   self.gradInput = torch.Tensor()
   self.output = torch.Tensor()
   self._type = self.output:type()
end

--- module:parameters() -> weights, gradients: lists of the tensors that learn and of their gradients; nothing for a
-- module without any.
--
-- > #nn.Linear(3, 2):parameters()
-- 2
function Module:parameters()
   if self.weight and self.bias then
      return {self.weight, self.bias}, {self.gradWeight, self.gradBias}
   elseif self.weight then
      return {self.weight}, {self.gradWeight}
   elseif self.bias then
      return {self.bias}, {self.gradBias}
   end
end

--- module:updateOutput(input) -> output: computes the output, keeps it in the field output and returns it. Every module
-- defines it; programs call forward.
function Module:updateOutput(input) return self.output end

--- module:forward(input) -> output: what the module makes of an input, a tensor or a table; the tensor is the module's
-- own and is overwritten by the next pass.
--
-- > nn.Square():forward(torch.Tensor{2, 3})
--  4
--  9
-- [torch.DoubleTensor of size 2]
function Module:forward(input) return self:updateOutput(input) end

--- module:backward(input, gradOutput [, scale = 1]) -> gradInput: the gradient of a loss by the input, given that by the
-- output of the last forward(input). Gradients of parameters, times scale, are added to gradWeight, gradBias and so on.
--
-- > m = nn.Square()
-- > m:forward(torch.Tensor{2, 3});
-- > m:backward(torch.Tensor{2, 3}, torch.ones(2))
--  4
--  6
-- [torch.DoubleTensor of size 2]
function Module:backward(input, gradOutput, scale)
   scale = scale or 1
   self:updateGradInput(input, gradOutput)
   self:accGradParameters(input, gradOutput, scale)
   return self.gradInput
end

--- module:backwardUpdate(input, gradOutput, lr) -> gradInput: backward, and a step of the parameters by -lr times their
-- gradient, without keeping that.
function Module:backwardUpdate(input, gradOutput, lr)
   self:updateGradInput(input, gradOutput)
   self:accUpdateGradParameters(input, gradOutput, lr)
   return self.gradInput
end

--- module:updateGradInput(input, gradOutput) -> gradInput: the gradient by the input, kept in the field gradInput. Every
-- module defines it; programs call backward.
function Module:updateGradInput(input, gradOutput) return self.gradInput end

--- module:accGradParameters(input, gradOutput [, scale = 1]): adds scale times the gradients of the parameters to
-- theirs. Modules with parameters define it; programs call backward, which calls updateGradInput first.
function Module:accGradParameters(input, gradOutput, scale) end

--- module:accUpdateGradParameters(input, gradOutput, lr): moves the parameters by -lr times their gradient, without
-- keeping that.
function Module:accUpdateGradParameters(input, gradOutput, lr)
   if self.shared then self:sharedAccUpdateGradParameters(input, gradOutput, lr)
   else self:defaultAccUpdateGradParameters(input, gradOutput, lr) end
end

--- module:defaultAccUpdateGradParameters(input, gradOutput, lr): the same where nothing is shared: the gradient is
-- accumulated right into the parameters.
function Module:defaultAccUpdateGradParameters(input, gradOutput, lr)
   local gradWeight, gradBias = self.gradWeight, self.gradBias
   self.gradWeight, self.gradBias = self.weight, self.bias
   self:accGradParameters(input, gradOutput, -lr)
   self.gradWeight, self.gradBias = gradWeight, gradBias
end

--- module:sharedAccUpdateGradParameters(input, gradOutput, lr): the same where parameters are shared: by gradients and
-- an update.
function Module:sharedAccUpdateGradParameters(input, gradOutput, lr)
   if self:parameters() then
      self:zeroGradParameters()
      self:accGradParameters(input, gradOutput, 1)
      self:updateParameters(lr)
   end
end

--- module:requiresGrad() -> module: all parameters want gradients: backward passes of recorded tensors (docs/gradients.md) add to their
-- x:grad(), and to gradWeight and so on.
function Module:requiresGrad()
   for _, w in ipairs(self:parameters() or {}) do w:requiresGrad() end
   return self
end

--- module:zeroGradParameters(): sets the gradients of all parameters to zero, as before every batch.
function Module:zeroGradParameters()
   if self.parameters == Module.parameters then -- without a list of them
      if self.weight and self.gradWeight then self.gradWeight:zero() end
      if self.bias and self.gradBias then self.gradBias:zero() end
      return
   end
   local _, gradParams = self:parameters()
   if gradParams then
      for i = 1, #gradParams do gradParams[i]:zero() end
   end
end

--- module:updateParameters(learningRate): moves all parameters by -learningRate times their gradients.
function Module:updateParameters(learningRate)
   if type(learningRate) ~= 'number' then require('nn.check').wrong(self, 1, 'learningRate', 'number expected, got %s', torch.type(learningRate)) end
   if self.parameters == Module.parameters then
      if self.weight then self.weight:add(-learningRate, self.gradWeight) end
      if self.bias then self.bias:add(-learningRate, self.gradBias) end
      return
   end
   local params, gradParams = self:parameters()
   if params then
      for i = 1, #params do params[i]:add(-learningRate, gradParams[i]) end
   end
end

--- module:training(): from now on the module behaves as in training: nn.Dropout drops, nn.BatchNormalization uses the
-- batch.
function Module:training() self.train = true end

--- module:evaluate(): from now on the module behaves as in use, not in training.
function Module:evaluate() self.train = false end

--- module:share(mlp, names...) -> module: the named fields become views of those of mlp, so that both learn together.
--
-- > a, b = nn.Linear(2, 2), nn.Linear(2, 2)
-- > a:share(b, 'weight', 'bias');
-- > a.weight:data() == b.weight:data()
-- true
function Module:share(mlp, ...)
   for _, name in ipairs{...} do
      if self[name] ~= nil then
         self[name]:set(mlp[name])
         self.shared = true
         mlp.shared = true
      end
   end
   return self
end

local function copy_of(object)
   local f = torch.MemoryFile('rw'):binary()
   f:writeObject(object)
   f:seek(1)
   local copy = f:readObject()
   f:close()
   return copy
end

--- module:clone([names...]) -> module: a deep copy; the named fields are then shared with it.
--
-- > m = nn.Linear(2, 2)
-- > m:clone('weight').weight:data() == m.weight:data()
-- true
function Module:clone(...)
   local clone = copy_of(self)
   if select('#', ...) > 0 then clone:share(self, ...) end
   return clone
end

--- module:type([type, tensorCache]) -> string or module: without argument the name of the class of the module's tensors;
-- else converts all of them to that class and returns the module. Tensors that share memory still do; so do those of
-- several modules that are converted with one tensorCache, a table.
--
-- > nn.Linear(2, 2):type('torch.FloatTensor').weight:type()
-- torch.FloatTensor
function Module:type(type, tensorCache)
   if not type then return self._type end
   tensorCache = tensorCache or {}
   for key, param in pairs(self) do self[key] = nn.utils.recursiveType(param, type, tensorCache) end
   self._type = type
   return self
end

--- module:float([tensorCache]) -> module: the module with torch.FloatTensor for every tensor, twice as fast and half as
-- large.
function Module:float(...) return self:type('torch.FloatTensor', ...) end

--- module:double([tensorCache]) -> module: the module with torch.DoubleTensor for every tensor.
function Module:double(...) return self:type('torch.DoubleTensor', ...) end

--- module:cuda([tensorCache]) -> module: the module with torch.CudaTensor for every tensor: on the GPU.
function Module:cuda(...) return self:type('torch.CudaTensor', ...) end

--- module:cudaHalf([tensorCache]) -> module: the same with torch.CudaHalfTensor.
function Module:cudaHalf(...) return self:type('torch.CudaHalfTensor', ...) end

--- module:cudaDouble([tensorCache]) -> module: the same with torch.CudaDoubleTensor.
function Module:cudaDouble(...) return self:type('torch.CudaDoubleTensor', ...) end

--- module:reset([stdv]): draws the parameters anew, from U(-s, s) with s = sqrt(3) stdv where that is given, so that
-- stdv is their standard deviation. Modules without parameters do nothing.
function Module:reset(stdv) end

--- module:write(file): writes the fields of the module; torch.save calls it.
function Module:write(file)
   local var = {}
   for k, v in pairs(self) do var[k] = v end
   file:writeObject(var)
end

--- module:read(file): reads the fields of the module; torch.load calls it. Modules of which there are old versions
-- convert them.
function Module:read(file)
   local var = file:readObject()
   for k, v in pairs(var) do self[k] = v end
end

-- Types whose flattening needs a buffer of another type.
Module._flattenTensorBuffer = {}

-- Elements from the first to the last of a tensor, and whether it covers all of them.
local function extent(t)
   local span, used = 1, 1
   for d = 1, t:dim() do
      span = span + (t:size(d) - 1) * t:stride(d)
      if t:stride(d) ~= 0 then used = used * t:size(d) end
   end
   return span, used == span
end

-- Sorted, disjoint intervals {first, last} covering the given ones.
local function union(intervals)
   table.sort(intervals, function(a, b) return a[1] < b[1] end)
   local r = {}
   for _, i in ipairs(intervals) do
      local top = r[#r]
      if top and i[1] <= top[2] + 1 then top[2] = math.max(top[2], i[2])
      else r[#r + 1] = {i[1], i[2]} end
   end
   return r
end

--- Module.flatten(parameters) -> tensor: moves a list of tensors into one new storage, in order of the first appearance
-- of their storages, and returns it as one tensor, which they view. Memory that several of them share stays shared;
-- memory that none uses is dropped.
function Module.flatten(parameters)
   if not parameters or #parameters == 0 then return torch.Tensor() end
   local new = parameters[1].new
   local groups, bykey, loose = {}, {}, {}
   for _, p in ipairs(parameters) do
      local storage = p:storage()
      if storage and p:dim() > 0 then
         local key = torch.pointer(storage)
         local group = bykey[key]
         if not group then
            group = {storage = storage, intervals = {}}
            bykey[key], groups[#groups + 1] = group, group
         end
         local span, compact = extent(p)
         local first = p:storageOffset()
         if compact then table.insert(group.intervals, {first, first + span - 1})
         else loose[#loose + 1] = {group, first, first + span - 1} end
      end
   end
   local total = 0
   for _, group in ipairs(groups) do
      group.intervals = union(group.intervals)
      for _, i in ipairs(group.intervals) do
         i.at = total + 1
         total = total + i[2] - i[1] + 1
      end
   end
   local function locate(group, first, last)
      for _, i in ipairs(group.intervals) do
         if i[1] <= first and last <= i[2] then return i.at + first - i[1] end
      end
   end
   for _, l in ipairs(loose) do
      if not locate(l[1], l[2], l[3]) then error('Cannot gather tensors that are not compact') end
   end
   local flat = new(total)
   for _, group in ipairs(groups) do
      for _, i in ipairs(group.intervals) do
         local n = i[2] - i[1] + 1
         flat:narrow(1, i.at, n):copy(new(group.storage, i[1], n))
      end
   end
   local storage = flat:storage()
   for _, p in ipairs(parameters) do
      if p:storage() and p:dim() > 0 then
         local group = bykey[torch.pointer(p:storage())]
         if group then
            local first = p:storageOffset()
            local at = locate(group, first, first + extent(p) - 1)
            p:set(storage, at, p:size(), p:stride())
         end
      end
   end
   return flat
end

Module._gather = Module.flatten

--- module:getParameters() -> parameters, gradients: all parameters, and all their gradients, as one vector each, which
-- the modules then view: what optim's methods take. Call it once, after conversions by type(): each call moves them to
-- new vectors.
--
-- > net = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh()):add(nn.Linear(2, 1))
-- > x, dx = net:getParameters()
-- > x:nElement(), dx:nElement()
-- 11	11
function Module:getParameters()
   local parameters, gradParameters = self:parameters()
   local p, g = Module.flatten(parameters), Module.flatten(gradParameters)
   if p:nElement() ~= g:nElement() then require('nn.check').fail(self, 'getParameters: check that you are sharing parameters and gradParameters') end
   for i = 1, parameters and #parameters or 0 do
      if parameters[i]:storageOffset() ~= gradParameters[i]:storageOffset() then
         require('nn.check').fail(self, 'getParameters: misaligned parameter at %d', i)
      end
   end
   return p, g
end

function Module:__call__(input, gradOutput)
   self:forward(input)
   if gradOutput then
      self:backward(input, gradOutput)
      return self.output, self.gradInput
   end
   return self.output
end

--- module:apply(callback): calls callback(module), for this module and then all below it.
--
-- > net = nn.Sequential(nn.Tanh(), nn.Abs())
-- > net:apply(function(m) print(torch.type(m)) end)
-- nn.Sequential
-- nn.Tanh
-- nn.Abs
function Module:apply(callback)
   callback(self)
   if self.modules then
      for _, module in ipairs(self.modules) do module:apply(callback) end
   end
end

--- module:findModules(typename [, container]) -> modules, containers: the modules of exactly that class, and the
-- containers they are in.
--
-- > net = nn.Sequential(nn.Tanh(), nn.Abs(), nn.Tanh())
-- > #net:findModules('nn.Tanh')
-- 2
function Module:findModules(typename, container)
   container = container or self
   local nodes, containers = {}, {}
   local class = torch.typename(self)
   if class == typename then
      nodes[1], containers[1] = self, container
   end
   if self.modules and torch.type(self.modules) == 'table' then
      for i = 1, #self.modules do
         local n, c = self.modules[i]:findModules(typename, self)
         for j = 1, #n do
            nodes[#nodes + 1] = n[j]
            containers[#containers + 1] = c[j]
         end
      end
   end
   return nodes, containers
end

--- module:listModules() -> table: this module and all below it, in order.
function Module:listModules()
   local list = {self}
   if self.modules then
      for _, module in ipairs(self.modules) do
         for _, m in ipairs(module:listModules()) do list[#list + 1] = m end
      end
   end
   return list
end

--- module:replace(callback) -> module: every module below becomes what callback returns for it; returns what it returns
-- for this one.
function Module:replace(callback)
   local out = callback(self)
   if self.modules then
      for i, module in ipairs(self.modules) do self.modules[i] = module:replace(callback) end
   end
   return out
end

--- module:clearState() -> module: gives back the memory of output, gradInput and buffers, as before saving to a file.
function Module:clearState() return nn.utils.clear(self, 'output', 'gradInput') end

function Module:__tostring__() return torch.type(self) end
