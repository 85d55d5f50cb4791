--- jupyter: th as the kernel of notebooks.
--
--    th --install-kernel            tells Jupyter of it: then notebooks can choose "Torch (th)"
--    th --kernel CONNECTION_FILE    is what Jupyter runs
--
-- Needs libzmq (Debian: libzmq5). In a notebook the last expression of a cell is shown: figures of plot as pictures, tensors and
-- nets as tables; `?name` shows help and `$ command` runs a command. jupyter.show(value) shows a value from within a loop, and
-- io.read asks for a line.
require 'torch'
local M = {}

--- jupyter.show(value): shows a value in the output of the cell, as its last expression is shown; outside of notebooks it prints it.
function M.show(value)
   local display = require 'jupyter.display'
   if display.active then display.show(value) else print(value) end
end

--- jupyter.html(text): shows HTML in the output of the cell; outside of notebooks it prints the text.
function M.html(text)
   local display = require 'jupyter.display'
   if display.active then display.html(text) else print(text) end
end

--- jupyter.input([prompt, password = false]) -> line: asks the user of the notebook for a line of text; a password is not shown.
function M.input(prompt, password)
   if require('jupyter.display').active then return require('jupyter.kernel').input(prompt, password) end
   io.write(prompt or '')
   io.flush()
   return io.read()
end

local function fail(message)
   io.stderr:write(message, '\n')
   os.exit(1)
end

-- `th --kernel FILE` comes here.
function M._kernel()
   if not arg[1] then fail('th: --kernel needs the connection file that Jupyter writes: th --kernel FILE') end
   local ok, message = pcall(require('jupyter.kernel').serve, arg[1])
   if not ok then fail(tostring(message)) end
end

-- `th --install-kernel` comes here.
function M._install() require('jupyter.install').install(arg) end

return M
