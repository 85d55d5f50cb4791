-- nn.GPU(module, device [, outdevice = device]): runs a module on one of several GPUs, counted from 1. Its tensors lie
-- there, inputs are copied there, outputs to outdevice, gradients to where the input was.
--
-- A net of CPU tensors just runs; the devices are kept for files.
--
-- > nn.GPU(nn.Square(), 1):forward(torch.Tensor{2, 3})
--  4
--  9
-- [torch.DoubleTensor of size 2]
local GPU, parent = torch.class('nn.GPU', 'nn.Container')

function GPU:__init(module, device, outdevice)
   parent.__init(self)
   self.device = device
   self.outdevice = outdevice or device
   require('nn.errors').check_module('nn.GPU', module)
   self.modules[1] = module
end

local function is_remote(x) return torch.isTensor(x) and nn.utils.onGPU(x) end

--- GPU.recursiveSetDevice(dst, src, device) -> table or tensor: GPU tensors of a nested table on `device`: src itself
-- where it lies there, else copied into dst.
function GPU.recursiveSetDevice(dst, src, device)
   if type(src) == 'table' then
      local there = {}
      dst = type(dst) == 'table' and dst or {}
      for k, v in pairs(src) do there[k], dst[k] = GPU.recursiveSetDevice(dst[k], v, device) end
      return there, dst
   end
   if not is_remote(src) or src:getDevice() == device or src:dim() == 0 then return src, dst end
   local fits = torch.typename(dst) == torch.typename(src) and dst:getDevice() == device
   dst = cutorch.withDevice(device, function() return (fits and dst or src.new()):resize(src:size()):copy(src) end)
   return dst, dst
end

--- GPU.recursiveModuleDevice(x [, device]) -> number: the device of the first GPU tensor of a nested table.
function GPU.recursiveModuleDevice(x, device)
   if is_remote(x) and x:dim() > 0 then return x:getDevice() end
   if type(x) == 'table' then
      for _, v in pairs(x) do
         local found = GPU.recursiveModuleDevice(v)
         if found then return found end
      end
   end
   return device
end

local function of_gpu(type_) return cutorch ~= nil and nn.utils.onGPU(type_) end

-- f with the module's GPU as the current one, when the module is of GPU tensors.
local function within(self, f, type_)
   if not of_gpu(type_ or self._type) then return f() end
   return cutorch.withDevice(self.device, f)
end

--- module:setDevice(device) -> module: another GPU for the module: its tensors are made again there.
function GPU:setDevice(device)
   self.device = device or self.device
   local type_ = self:type()
   if of_gpu(type_) then self:float():type(type_) end
   return self
end

function GPU:updateOutput(input)
   input, self._input = GPU.recursiveSetDevice(self._input, input, self.device)
   local output = within(self, function() return self.modules[1]:updateOutput(input) end)
   self.output, self._output = GPU.recursiveSetDevice(self._output, output, self.outdevice)
   return self.output
end

function GPU:updateGradInput(input, gradOutput)
   local from = GPU.recursiveModuleDevice(input, self.device)
   input, self._input = GPU.recursiveSetDevice(self._input, input, self.device)
   gradOutput, self._gradOutput = GPU.recursiveSetDevice(self._gradOutput, gradOutput, self.device)
   local gradInput = within(self, function() return self.modules[1]:updateGradInput(input, gradOutput) end)
   self.gradInput, self._gradInput = GPU.recursiveSetDevice(self._gradInput, gradInput, from)
   return self.gradInput
end

for _, name in ipairs{'accGradParameters', 'accUpdateGradParameters', 'sharedAccUpdateGradParameters'} do
   GPU[name] = function(self, input, gradOutput, number)
      input, self._input = GPU.recursiveSetDevice(self._input, input, self.device)
      gradOutput, self._gradOutput = GPU.recursiveSetDevice(self._gradOutput, gradOutput, self.device)
      within(self, function() self.modules[1][name](self.modules[1], input, gradOutput, number) end)
   end
end

for _, name in ipairs{'zeroGradParameters', 'updateParameters', 'share', 'reset', 'clone'} do
   GPU[name] = function(self, ...)
      local args, n = {...}, select('#', ...)
      return within(self, function() return parent[name](self, unpack(args, 1, n)) end)
   end
end

function GPU:type(type_, cache)
   if not type_ then return self._type end
   return within(self, function() return parent.type(self, type_, cache) end, type_)
end

--- Tensors are read onto the current GPU; those of the module belong on its own.
function GPU:read(file)
   parent.read(self, file)
   self:setDevice()
end

function GPU:clearState()
   nn.utils.clear(self, '_input', '_output', '_gradOutput', '_gradInput')
   return parent.clearState(self)
end

function GPU:__tostring__()
   local m = self.modules[1]
   return torch.type(self) .. '(' .. self.device .. ') @ ' .. (m.__tostring__ and m:__tostring__() or torch.type(m))
end
