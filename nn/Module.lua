-- nn.Module: what every layer is. A subclass defines updateOutput, updateGradInput and, with
-- parameters, accGradParameters.
local Module = torch.class('nn.Module')

function Module:__init()
   self.gradInput = torch.Tensor()
   self.output = torch.Tensor()
   self._type = self.output:type()
end

--- Lists of parameters and of their gradients; nothing for a module without any.
function Module:parameters()
   if self.weight and self.bias then
      return {self.weight, self.bias}, {self.gradWeight, self.gradBias}
   elseif self.weight then
      return {self.weight}, {self.gradWeight}
   elseif self.bias then
      return {self.bias}, {self.gradBias}
   end
end

function Module:updateOutput(input) return self.output end
function Module:forward(input) return self:updateOutput(input) end

function Module:backward(input, gradOutput, scale)
   scale = scale or 1
   self:updateGradInput(input, gradOutput)
   self:accGradParameters(input, gradOutput, scale)
   return self.gradInput
end

function Module:backwardUpdate(input, gradOutput, lr)
   self:updateGradInput(input, gradOutput)
   self:accUpdateGradParameters(input, gradOutput, lr)
   return self.gradInput
end

function Module:updateGradInput(input, gradOutput) return self.gradInput end
function Module:accGradParameters(input, gradOutput, scale) end

function Module:accUpdateGradParameters(input, gradOutput, lr)
   if self.shared then self:sharedAccUpdateGradParameters(input, gradOutput, lr)
   else self:defaultAccUpdateGradParameters(input, gradOutput, lr) end
end

-- The gradient is accumulated right into the parameters.
function Module:defaultAccUpdateGradParameters(input, gradOutput, lr)
   local gradWeight, gradBias = self.gradWeight, self.gradBias
   self.gradWeight, self.gradBias = self.weight, self.bias
   self:accGradParameters(input, gradOutput, -lr)
   self.gradWeight, self.gradBias = gradWeight, gradBias
end

function Module:sharedAccUpdateGradParameters(input, gradOutput, lr)
   if self:parameters() then
      self:zeroGradParameters()
      self:accGradParameters(input, gradOutput, 1)
      self:updateParameters(lr)
   end
end

function Module:zeroGradParameters()
   local _, gradParams = self:parameters()
   if gradParams then
      for i = 1, #gradParams do gradParams[i]:zero() end
   end
end

function Module:updateParameters(learningRate)
   local params, gradParams = self:parameters()
   if params then
      for i = 1, #params do params[i]:add(-learningRate, gradParams[i]) end
   end
end

function Module:training() self.train = true end
function Module:evaluate() self.train = false end

--- The named fields become views on those of mlp.
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

--- A deep copy; the named fields are then shared with it.
function Module:clone(...)
   local clone = copy_of(self)
   if select('#', ...) > 0 then clone:share(self, ...) end
   return clone
end

--- Without argument the type name of the module's tensors, else converts all of them.
function Module:type(type, tensorCache)
   if not type then return self._type end
   tensorCache = tensorCache or {}
   for key, param in pairs(self) do self[key] = nn.utils.recursiveType(param, type, tensorCache) end
   self._type = type
   return self
end

function Module:float(...) return self:type('torch.FloatTensor', ...) end
function Module:double(...) return self:type('torch.DoubleTensor', ...) end
function Module:cuda(...) return self:type('torch.CudaTensor', ...) end

function Module:reset() end

function Module:write(file)
   local var = {}
   for k, v in pairs(self) do var[k] = v end
   file:writeObject(var)
end

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

--- Moves tensors into one new storage, in order of the first appearance of their storages. Memory
-- that several of them share stays shared; memory that none uses is dropped. Returns the flat tensor.
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

--- All parameters, and all their gradients, as one flat tensor each, which the modules then view.
function Module:getParameters()
   local parameters, gradParameters = self:parameters()
   local p, g = Module.flatten(parameters), Module.flatten(gradParameters)
   if p:nElement() ~= g:nElement() then error('check that you are sharing parameters and gradParameters') end
   for i = 1, parameters and #parameters or 0 do
      if parameters[i]:storageOffset() ~= gradParameters[i]:storageOffset() then
         error('misaligned parameter at ' .. i)
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

--- callback(module), for this module and then all below it.
function Module:apply(callback)
   callback(self)
   if self.modules then
      for _, module in ipairs(self.modules) do module:apply(callback) end
   end
end

--- Modules of exactly that class, and the containers they are in.
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

--- This module and all below it, in order.
function Module:listModules()
   local list = {self}
   if self.modules then
      for _, module in ipairs(self.modules) do
         for _, m in ipairs(module:listModules()) do list[#list + 1] = m end
      end
   end
   return list
end

--- Every module becomes what callback returns for it.
function Module:replace(callback)
   local out = callback(self)
   if self.modules then
      for i, module in ipairs(self.modules) do self.modules[i] = module:replace(callback) end
   end
   return out
end

function Module:clearState() return nn.utils.clear(self, 'output', 'gradInput') end

function Module:__tostring__() return torch.type(self) end
