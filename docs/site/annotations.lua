--- Annotations for editors (LuaCATS) of what the operation table does not have, from the texts beside the declarations: what functions
-- return, by the words of their first line, and the types of arguments where a package declares them.
local manual = require 'trepl.manual'
local M = {}

-- Words for results -> types.
local types = {}
local function are(type_, words)
   for word in words:gmatch('%S+') do types[word] = type_ end
end
for _, name in ipairs{'boolean', 'string', 'number', 'table', 'function', 'nil'} do are(name, name) end
are('torch.Tensor', 'Tensor tensor matrix weight values columns r m g gain bias tokens indices input inputs target targets t view')
are('torch.Tensor', 'LongTensor weight_ih weight_hh bias_ih bias_hh in_proj_weight in_proj_bias out_proj_weight out_proj_bias')
are('torch.Tensor|table', 'output gradInput x x*')
are('torch.Storage', 'Storage LongStorage')
are('torch.Timer', 'timer Timer')
are('torch.Generator', 'Generator')
are('torch.File', 'file')
are('torch.Tester', 'tester')
are('torch.TestSuite', 'suite')
are('string', 'text path line name folder')
are('number', 'n norm loss value rate position f evaluations system node machine')
are('boolean', 'true false ok')
are('fun()', 'iterator callback')
are('table', 'param names weights gradients parameters modules containers keys metatable package state history best trials nodes graph run report')
are('nn.Module', 'module')
are('nn.Container', 'container')
are('nn.Criterion', 'criterion')
are('plot.Figure', 'figure')
are('plot.Picture', 'picture')
are('data.Set', 'set train test')
are('data.Batches', 'batches')
are('data.Transform', 'transform')
are('data.Tokenizer', 'tokenizer')
are('data.Normalizer', 'normalizer')
for _, name in ipairs{'Schedule', 'Metric', 'Optimizer', 'Average'} do are('train.' .. name, name:lower()) end
are('optim.Logger', 'logger')

local function type_of(word)
   if word:find('^%w+%.%w+$') then return word end -- a class
   return types[word] or word:find('^{') and 'table' or 'any'
end

--- results(text) -> list: the types of results, `x, y`, `string or nil`, `batches...`.
function M.results(text)
   local list = {}
   for item in text:gsub('%b()', ''):gsub('%b{}', '{}'):gmatch('[^,]+') do
      local choice, seen = {}, {}
      for word in (item:gsub('%.%.%.', '') .. ' or '):gmatch('%s*(.-)%s+or%s+') do
         local t = type_of(word)
         if t ~= '' and not seen[t] then choice[#choice + 1], seen[t] = t, true end
      end
      list[#list + 1] = seen.any and 'any' or table.concat(choice, '|')
   end
   return list
end

-- ---- arguments ----

local argument_types = {size = 'integer', int = 'integer', tensor = 'torch.Tensor', module = 'nn.Module', criterion = 'nn.Criterion',
   ['function'] = 'function', ['torch.LongStorage'] = 'torch.Storage'}
local keyword = {['end'] = true, ['repeat'] = true, ['function'] = true, ['in'] = true, ['local'] = true, ['not'] = true}
local function identifier(name) return keyword[name] and name .. '_' or name:match('^[%a_][%w_]*$') end

-- The types of declared arguments, '[bias boolean]': name -> 'bias?: boolean', by their order.
local function declared(text)
   local list = {}
   for item in (text or ''):gmatch('[^,]+') do
      local optional, name, kinds = item:match('^%s*(%[?)([%a_][%w_]*) ([%w|.]+)')
      local out = {}
      for kind in (kinds or ''):gmatch('[^|]+') do out[#out + 1] = argument_types[kind] or kind end
      list[#list + 1] = name and {identifier(name) .. (optional ~= '' and '?' or ''), table.concat(out, '|')} or false
   end
   return list
end

local function arguments_of(entry)
   if entry.class then return declared(entry.kind == 'class' and rawget(entry.class, '__arguments')) end
   local own = entry.name:match('^optim%.(%w+)$')
   return declared(own and require('optim.arguments').arguments[own])
end

-- What an editor is told of an entry: lines.
local function lines_of(entry, parts)
   local out, names, typed, known = {}, {}, {}, arguments_of(entry)
   for line in parts.summary:gmatch('[^\n]+') do out[#out + 1] = '---' .. line end
   for i, a in ipairs(parts.args) do
      local name = a:find('...', 1, true) and '...' or identifier(a)
      if name and names[#names] ~= '...' then
         names[#names + 1] = name
         typed[#typed + 1] = known[i] and name ~= '...' and known[i][1] .. ': ' .. known[i][2] or name
         if known[i] and name ~= '...' and entry.kind ~= 'class' then
            out[#out + 1] = ('---@param %s%s %s'):format(name, known[i][1]:match('%?') or '', known[i][2])
         end
      end
   end
   if entry.kind == 'class' then
      local parent = manual.parent(entry.class)
      out[#out + 1] = ('---@class %s%s'):format(entry.name, parent and ': ' .. parent.__typename or '')
      out[#out + 1] = ('---@overload fun(%s): %s'):format(table.concat(typed, ', '), entry.name)
      out[#out + 1] = entry.name .. ' = {}'
   else
      if parts.result and parts.result ~= 'nothing' then
         local types_ = M.results(parts.result)
         for i, t in ipairs(types_) do out[#out + 1] = '---@return ' .. t .. (i == #types_ and ' # ' .. parts.result:gsub('%s+', ' ') or '') end
      end
      out[#out + 1] = ('function %s(%s) end'):format(entry.name, table.concat(names, ', '))
   end
   return out
end

--- of_packages(text_of) -> text: the annotations of all packages. text_of(entry): its help.
function M.of_packages(text_of)
   local out, seen = {'---@meta', '-- Made of the texts beside the declarations; do not edit.'}, {}
   for _, package_ in ipairs(manual.packages) do
      local entries = manual.entries(package_)
      if package_ ~= 'torch' and #entries > 0 then out[#out + 1] = ('\n---@class %s\n%s = {}'):format(package_, package_) end
      for _, entry in ipairs(entries) do
         local text = text_of(entry)
         local parts = text and manual.parse(text)
         local generated = package_ == 'torch' and require('torch.help').lookup((entry.name:gsub(':', '.'))) -- the table's annotations have it
         local typed = entry.name:find('^torch%.%w*Tensor') or entry.name:find('^torch%.%w*Storage')
         if parts and parts.name and not parts.name:find(',') and not seen[entry.name] and not generated and not typed then
            seen[entry.name] = true
            for _, line in ipairs(lines_of(entry, parts)) do out[#out + 1] = line end
         end
      end
   end
   return table.concat(out, '\n') .. '\n'
end

return M
