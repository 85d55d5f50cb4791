-- Where each class of nn is: name -> file, below nn/. A class's file has its name and lies in the folder of its family;
-- what is named here lies beside the folders, or is no class. nn/init.lua loads each on demand.
local list = require('libtorch').folder
local folder = debug.getinfo(1, 'S').source:match('^@(.*)modules%.lua$')

local files = {Jacobian = 'Jacobian', Module = 'Module', SparseJacobian = 'SparseJacobian',
   StochasticGradient = 'StochasticGradient', hessian = 'hessian', utils = 'utils', tables = 'tables.tables'}
for _, family in ipairs(list(folder)) do
   for _, file in ipairs(family:find('^%l+$') and list(folder .. family) or {}) do
      local name = file:match('^(%u%w*)%.lua$')
      if name then files[name] = family .. '.' .. name end
   end
end
return files
