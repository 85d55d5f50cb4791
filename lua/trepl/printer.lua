--- Printing values: tables with their contents, nested ones down to a level, in colours on a terminal.
local colors = require 'sys.terminal'
local raw_print = require('trepl.globals').raw_print

local M = {level = 5}

-- Colour of a scalar by type.
local paint = {['nil'] = 'Black', number = 'cyan', boolean = 'blue', string = 'green', ['function'] = 'magenta'}

local function coloured(v, text)
   local name = paint[type(v)]
   local code = name and colors[name] or ''
   if code == '' then return text end
   return code .. text .. colors.none
end

local function class_of(v)
   return torch and torch.typename and torch.typename(v)
end

-- Tensors and storages inside a table show their size only.
local function brief(v)
   local class = class_of(v)
   local name = class and class:match('^torch%.(%w*Tensor)$')
   if name then
      if v:dim() == 0 then return name .. ' - empty' end
      return name .. ' - size: ' .. table.concat(v:size():totable(), 'x')
   end
   name = class and class:match('^torch%.(%w*Storage)$')
   if name then return ('%s - size: %d'):format(name, v:size()) end
end

-- tostring, also of a table whose __tostring gives none.
local function text_of(v)
   local text = tostring(v)
   if type(text) == 'string' then return text end
   return ('%s: %p (its __tostring returned %s)'):format(type(v), v, type(text))
end

local function one_line(v)
   if type(v) == 'string' then return coloured(v, ('"%s"'):format(v)) end
   return coloured(v, brief(v) or text_of(v))
end

local function has_tostring(t)
   local mt = getmetatable(t)
   return type(mt) == 'table' and mt.__tostring ~= nil
end

-- The list part first, then keys by type and name, so that the same table always prints the same.
local function sorted_keys(t)
   require('luaT').now(t)
   local keys, n = {}, #t
   for i = 1, n do keys[i] = i end
   local rest = {}
   for k in pairs(t) do
      if not (type(k) == 'number' and k >= 1 and k <= n and k % 1 == 0) then rest[#rest + 1] = k end
   end
   table.sort(rest, function(a, b)
      local ta, tb = type(a), type(b)
      if ta ~= tb then return ta < tb end
      if ta == 'number' or ta == 'string' then return a < b end
      return tostring(a) < tostring(b)
   end)
   for _, k in ipairs(rest) do keys[#keys + 1] = k end
   return keys
end

-- open: the tables being printed, to stop at cycles. most: entries shown of one table.
local function add_table(out, t, indent, depth, open, most)
   out[#out + 1] = indent .. '{'
   open[t] = true
   local keys = sorted_keys(t)
   for i, k in ipairs(keys) do
      if i > most then
         out[#out + 1] = ('%s  ... %d more'):format(indent, #keys - most)
         break
      end
      local v, start = t[k], indent .. '  ' .. tostring(k) .. ' :'
      if type(v) == 'table' and not has_tostring(v) then
         if depth <= 1 or open[v] or next(v) == nil then
            out[#out + 1] = start .. ' {...}'
         else
            out[#out + 1] = start
            add_table(out, v, indent .. '    ', depth - 1, open, most)
         end
      else
         out[#out + 1] = start .. ' ' .. one_line(v)
      end
   end
   open[t] = nil
   out[#out + 1] = indent .. '}'
end

--- The lines that a table prints as. level: how deep (default M.level); most: entries of each table.
function M.format_table(t, level, most)
   if next(t) == nil then return '{}' end
   local out = {}
   add_table(out, t, '', level or M.level, {}, most or math.huge)
   return table.concat(out, '\n')
end

-- What an object of a class does to show itself at the prompt, where it does more than to print text: figures of plot.
local function shows_itself(v)
   local mt = type(v) == 'table' and class_of(v) and getmetatable(v)
   return mt and mt.__show__
end

-- A package of ours has too many names to be shown as a table.
local function package_line(t)
   for _, name in ipairs(require('trepl.manual').packages) do
      if rawequal(package.loaded[name], t) then
         local n = 0
         for _ in pairs(require('trepl.completer').fields(t, '')) do n = n + 1 end
         return ('%s: a package with %d names; ?%s lists them\n'):format(name, n, name)
      end
   end
end

local function write(most, ...)
   local n = select('#', ...)
   local line = {}
   local function flush()
      if #line > 0 then io.stdout:write(table.concat(line, '\t'), '\n') end
      line = {}
   end
   for i = 1, n do
      local v = select(i, ...)
      local show = most < math.huge and shows_itself(v)
      if show then
         flush()
         show(v)
      elseif type(v) == 'table' and not has_tostring(v) then
         flush()
         io.stdout:write(most < math.huge and package_line(v) or M.format_table(v, nil, most) .. '\n')
      elseif type(v) == 'userdata' or type(v) == 'table' or type(v) == 'cdata' then
         flush()
         local text = most < math.huge and require('trepl.summary').text(v) or text_of(v)
         io.stdout:write((text:gsub('\n?$', '\n', 1)))
      else
         line[#line + 1] = coloured(v, text_of(v))
      end
   end
   if n == 0 then io.stdout:write('\n') end
   flush()
end

--- Prints its arguments; scalars on one line with tabs between, tables and tensors on lines of their own.
function M.print(...)
   if M.level == 0 then return raw_print(...) end
   write(math.huge, ...)
end

--- Prints results at the prompt: as print, but at most 1000 entries of a table, and the ends of large tensors.
function M.print_results(...)
   if M.level == 0 then return raw_print(...) end
   write(1000, ...)
end

--- How deep tables print; 0 gives print its plain meaning back.
function M.setprintlevel(n)
   if type(n) ~= 'number' or n < 0 then
      error('setprintlevel: depth expected, as in setprintlevel(2); 0 restores the plain print', 2)
   end
   M.level = n
   if n == 0 then print = raw_print else print = print_new end
end

--- Turns colours off.
function M.noColors()
   colors.off()
end

return M
