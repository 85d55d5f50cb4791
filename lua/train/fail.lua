-- Errors of this package, at the user's line.
local M = require('torch.checks')('train')
local options = M.options

--- options(name, known, given): the table of options that is argument 1.
function M.options(name, known, given) return options(name, 1, known, given) end

return M
