--- require 'cunn': nn on GPUs. net:cuda() moves a net there; modules and criterions are those of nn.
require 'cutorch'
require 'nn'

require(cutorch.platform == 'CUDA' and 'libcunn' or 'libcunnsimt')

local kernels = torch.getmetatable('torch.FloatTensor').THNN
for _, name in ipairs{'Cuda', 'CudaDouble', 'CudaHalf'} do
   torch.getmetatable('torch.' .. name .. 'Tensor').THNN = kernels
   nn.THNN.kernels['torch.' .. name .. 'Tensor'] = kernels
end

--- The suites of nn on the GPU, or those named: nn.testcuda('nn_cases').
local suites = require('torch.selftest')('nn.testcuda', 'gpu')
function nn.testcuda(...)
   if select('#', ...) > 0 then return suites(...) end
   return suites('nn', 'nn_cases', 'nn_kernels', 'steps')
end

require('luaT').declare('nn.DataParallelTable', nn, function() require('luaT').load('cunn.DataParallelTable') end)

return nn
