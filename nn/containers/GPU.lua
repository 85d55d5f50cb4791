-- nn.GPU(module, device [, outdevice = device]): runs a module on a device. Tensors of the CPU have none,
-- so here the module simply runs; the devices are kept for files.
local GPU, parent = torch.class('nn.GPU', 'nn.Container')

function GPU:__init(module, device, outdevice)
   parent.__init(self)
   assert(torch.type(device) == 'number', 'GPU: argument 2: device number expected, got ' .. torch.type(device))
   self.device = device
   self.outdevice = outdevice or device
   assert(torch.isTypeOf(module, 'nn.Module'), 'GPU: argument 1: nn.Module expected, got ' .. torch.type(module))
   self.modules[1] = module
end

--- Tensors of a nested table on `dev`: they are where they are.
function GPU.recursiveSetDevice(dst, src, _) return src, dst end
function GPU.recursiveModuleDevice(_, device) return device end

function GPU:setDevice(device)
   self.device = device or self.device
   return self
end

function GPU:updateOutput(input)
   self.output = self.modules[1]:updateOutput(input)
   return self.output
end

function GPU:updateGradInput(input, gradOutput)
   self.gradInput = self.modules[1]:updateGradInput(input, gradOutput)
   return self.gradInput
end

function GPU:accGradParameters(input, gradOutput, scale)
   self.modules[1]:accGradParameters(input, gradOutput, scale)
end

function GPU:accUpdateGradParameters(input, gradOutput, lr)
   self.modules[1]:accUpdateGradParameters(input, gradOutput, lr)
end

function GPU:sharedAccUpdateGradParameters(input, gradOutput, lr)
   self.modules[1]:sharedAccUpdateGradParameters(input, gradOutput, lr)
end

for _, name in ipairs{'type', 'clearState', 'zeroGradParameters', 'updateParameters', 'training', 'evaluate', 'share',
   'reset', 'clone', 'write', 'read', 'apply'} do
   GPU[name] = GPU[name] or parent[name]
end

function GPU:__tostring__()
   local m = self.modules[1]
   return torch.type(self) .. '(' .. self.device .. ') @ ' .. (m.__tostring__ and m:__tostring__() or torch.type(m))
end
