--- What other languages and libraries call it, and what it is here: for messages about names that are not there and lines that are
-- no Lua.
local M = {}

local function words(text)
   local t = {}
   for name, here in text:gmatch('([%w_]+) = ([^\n]+)') do t[name] = here:gsub('require (%l+)', "require '%1'") end
   return t
end

--- Methods of tensors and nets.
M.method = words [[
shape = x:size()
ndim = x:dim()
dtype = x:type()
tolist = x:totable()
numpy = x:totable()
astype = x:type('torch.FloatTensor')
matmul = x * y, or torch.mm(x, y)
requires_grad_ = x:requiresGrad()
state_dict = net:parameters(), or torch.save
train = net:training()
eval = net:evaluate()
zero_grad = net:zeroGradParameters()
cuda = x:cuda() after require cutorch, and net:cuda() after require cunn
]]

--- Fields of packages.
M.field = words [[
array = torch.Tensor{...}
tensor = torch.Tensor{...}
from_numpy = (require data).npy(file)
manual_seed = torch.manualSeed
matmul = torch.mm
no_grad = net:evaluate(): gradients are computed by backward alone
device = x:cuda() after require cutorch
cuda = require cutorch
optim = require optim
nn = require nn
CrossEntropyLoss = nn.CrossEntropyCriterion
MSELoss = nn.MSECriterion
L1Loss = nn.AbsCriterion
NLLLoss = nn.ClassNLLCriterion
BCELoss = nn.BCECriterion
BCEWithLogitsLoss = nn.BCECriterion after nn.Sigmoid
KLDivLoss = nn.DistKLDivCriterion
SmoothL1Loss = nn.SmoothL1Criterion
Conv1d = nn.TemporalConvolution
Conv2d = nn.SpatialConvolution
Conv3d = nn.VolumetricConvolution
ConvTranspose2d = nn.SpatialFullConvolution
MaxPool2d = nn.SpatialMaxPooling
AvgPool2d = nn.SpatialAveragePooling
BatchNorm1d = nn.BatchNormalization
BatchNorm2d = nn.SpatialBatchNormalization
Dropout2d = nn.SpatialDropout
Flatten = nn.View(-1):setNumInputDims(3)
LSTM = nn.SeqLSTM
GRU = nn.SeqGRU
SGD = optim.sgd
Adam = optim.adam
]]

--- Globals.
M.global = words [[
len = #x
range = for i = 1, n do ... end
str = tostring
int = math.floor
float = tonumber
np = torch
list = a table, {1, 2, 3}
dict = a table, {name = value}
isinstance = torch.isTypeOf
]]

-- Lines that are no Lua, in order: what is wrong -> how it is written. Strings are empty when they are looked at.
local lines = {
   {'^%s*import%s+([%w_]+)', "require '%1'"}, {'^%s*from%s+([%w_]+)', "require '%1'"},
   {'^%s*def%s+([%w_]+)%s*(%b())', 'function %1%2 ... end'}, {'%f[%w]lambda%f[%W]', 'function(x) return ... end'},
   {'%f[%w]elif%f[%W]', 'elseif ... then'}, {'^%s*#', 'comments begin with --'},
   {'([%a_][%w_.]*)%s*([-+*/])=%s*(%S+)', '%1 = %1 %2 %3'}, {'([%a_][%w_.]*)%+%+', '%1 = %1 + 1'},
   {'!=', '~= is "not equal"'}, {'&&', 'and'}, {'||', 'or'}, {'%f[!]!%s*[%w(]', 'not'}, {'%*%*', '^ is the power of numbers, torch.pow that of tensors'},
   {'%w%s+@%s+%w', 'torch.mm(x, y), or x * y'}, {'^%s*for%s+[%w_]+%s*=%s*(%w+)%s*:%s*(%w+)', 'for i = %1, %2 do ... end'},
   {'^%s*for%s.*:%s*$', 'for i = 1, n do ... end'}, {'^%s*if%s.*:%s*$', 'if ... then ... end'}, {'^%s*while%s.*:%s*$', 'while ... do ... end'},
   {'%(%(([%w_%s,.]+)%)[%s,)]', 'sizes without parentheses of their own: f(%1)'}, {'[=(,]%s*%[', 'lists are in braces, {1, 2, 3}'},
   {'%([^()]*%f[%w_]([%a_][%w_]*)%s*=[^=]', 'arguments have an order, not names; those of options are in a table, f{%1 = ...}'},
}

--- syntax(text) -> string or nil: how a line that is no Lua, but might be something else, is written.
function M.syntax(text)
   text = require('trepl.chunk').strip(text)
   for _, line in ipairs(lines) do
      local first, last = text:find(line[1])
      if first then return (text:sub(first, last):gsub(line[1], line[2], 1)) end
   end
end

return M
