-- Errors of this package, at the user's line: fail(name, message, ...) raises "name: message".
local C = require 'libtorch'
local M = {}

--- fail(name, message, ...): an error that is about no argument.
function M.fail(name, message, ...)
   error(C.where() .. 'data.' .. name .. ': ' .. message:format(...), 0)
end

--- wrong(name, at, arg, message, ...): argument number `at`, called `arg`, is wrong.
function M.wrong(name, at, arg, message, ...)
   require('torch.arguments').error('data.' .. name, at, arg, message, ...)
end

local function fits(v, types)
   for t in types:gmatch('[^|]+') do
      if t == 'any' or type(v) == t or (t == 'tensor' and torch.isTensor(v)) or (t == 'whole' and type(v) == 'number' and v % 1 == 0 and v >= 1) then
         return true
      end
   end
   return false
end

--- check(name, at, arg, types, v): v is of one of the types ('number|table'; whole: 1, 2, 3...).
function M.check(name, at, arg, types, v)
   if not fits(v, types) then
      M.wrong(name, at, arg, '%s expected, got %s', types:gsub('whole', 'whole number from 1 on'):gsub('|', ' or '), C.describe(v))
   end
   return v
end

--- options(name, at, known, given): a table of options, each of `known` (name -> types), or nil. Returns a table.
function M.options(name, at, known, given)
   if given == nil then return {} end
   M.check(name, at, 'options', 'table', given)
   for key, v in pairs(given) do
      if not known[key] then
         local meant = type(key) == 'string' and require('torch.nearest')(key, (function()
            local list = {}
            for k in pairs(known) do list[#list + 1] = k end
            table.sort(list)
            return list
         end)())
         M.wrong(name, at, 'options', "no option '%s'%s", tostring(key), meant and "; did you mean '" .. meant .. "'?" or '')
      end
      if not fits(v, known[key]) then
         M.wrong(name, at, 'options', '%s: %s expected, got %s', key, known[key]:gsub('whole', 'whole number from 1 on'):gsub('|', ' or '), C.describe(v))
      end
   end
   return given
end

return M
