-- Where in the user's program something is made, or wrong.
local C = require 'libtorch'

local M = {}

--- '[net.lua]:12', the innermost line being run outside the packages of this project, however deep the calls.
function M.here()
   local file, line = C.where():match('^(.*):(%d+): $')
   return file and ('[%s]:%s'):format(file, line) or '[[C]]:-1'
end

--- Raises at that line.
function M.raise(message, ...) error(C.where() .. message:format(...), 0) end

return M
