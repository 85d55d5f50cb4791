-- Errors inside containers: the sentence, the place in the net, and the line of the user's that asked.
local luaT = require 'luaT'

local M = {}

-- .../share/lua/5.1/: lines of files in there are not the user's
local packages = debug.getinfo(1, 'S').source:gsub('nn/errors%.lua$', '')

local function users_line()
   local level = 2
   while true do
      local info = debug.getinfo(level, 'Sl')
      if not info then return '' end
      local ours = info.what == 'C' or info.currentline < 1 or info.source:sub(1, #packages) == packages
      if not ours then return ('%s:%d: '):format(info.short_src, info.currentline) end
      level = level + 1
   end
end

-- A module's class and sizes; of one with modules inside, its class.
local function name(module)
   if type(module) ~= 'table' or module.modules then return torch.type(module) end
   local text = tostring(module):match('^[^\n]*')
   return text:find(torch.type(module), 1, true) and text or torch.type(module) .. ': ' .. text
end
M.name = name

-- The error that is on its way out through containers, and what has been added to it.
local current = {}

--- Message handler for a module's call. What is no string is left alone.
function M.handler(err)
   if type(err) ~= 'string' or err == current.text then return err end
   local sentence = err:match('^[^\n:]*/nn/%w+/%w+%.lua:%d+: (.*)$') -- a layer's line helps nobody
   if sentence and sentence:find('^attempt to ') then sentence = nil end -- but for a fault of ours
   local placed = not sentence and err:find('^[^\n:]+:%d+: ')
   current = {sentence = (placed and '' or users_line()) .. (sentence or err)}
   current.text = err
   return err
end

--- Raises an error that the handler has seen, its place being the module number `index` of a container: a line for
-- each container, the outermost first, as in Torch7, and the module.
function M.rethrow(err, container, module, index)
   if err ~= current.text then error(err, 0) end
   current.path = ('In %d module of %s:\n%s'):format(index, torch.type(container), current.path or name(module))
   current.text = current.sentence .. '\n' .. current.path
   error(current.text, 0)
end

jit.off(M.handler)
jit.off(users_line)

--- Raises at the user's line.
function M.raise(text) error(users_line() .. text, 0) end

local function refuse(what, expected, got)
   M.raise(('%s: expected %s, got %s'):format(what, expected, got))
end

local function check(what, value, expected, other)
   if type(value) ~= 'table' or not value.updateOutput or torch.isTypeOf(value, other) then
      refuse(what, expected, torch.type(value))
   end
   if luaT.isconstructor(value) then refuse(what, expected, 'a class: call it to make one') end
end

--- Raises, at the user's line, unless `module` can be one of a container's, and where another one follows. what: who asks.
function M.check_module(what, module, another)
   check(what, module, 'a module', 'nn.Criterion')
   if torch.isTypeOf(another, 'nn.Module') then
      M.raise(('%s: one module expected, got two; several are added by net:add(a):add(b)'):format(what))
   end
end

--- The same for criterions.
function M.check_criterion(what, criterion) check(what, criterion, 'a criterion', 'nn.Module') end

return M
