-- Tables in text files: CSV (RFC 4180) and TSV.
local data = require 'data'
local checks = require 'data.fail'
local torch = torch
local M = {}

-- ---- fields ----

-- The place where a quoted field ends, and its text; begins behind the opening quote.
local function quoted(text, at, quote, refuse)
   local parts, from = {}, at
   while true do
      local stop = text:find(quote, from, true)
      if not stop then refuse() end
      parts[#parts + 1] = text:sub(from, stop - 1)
      if text:sub(stop + 1, stop + 1) ~= quote then return stop + 1, table.concat(parts, quote) end
      from = stop + 2
   end
end

local function newlines(text, from, to)
   local n = 0
   for _ in text:sub(from, to):gmatch('\n') do n = n + 1 end
   return n
end

-- Calls take(k, field, line, whether it was quoted) for each field and done(number of fields, line) for each row.
local function each_field(text, separator, quote, take, done, refuse)
   local at, line, n, k = 1, 1, #text, 0
   local stops = '[' .. separator:gsub('[%^%]%-%%]', '%%%0') .. '\r\n]'
   while at <= n do
      k = k + 1
      if quote and text:sub(at, at) == quote then
         local start, opened = at, line
         local field
         at, field = quoted(text, at + 1, quote, function() refuse(opened, 'the quote of field %d is never closed', k) end)
         line = line + newlines(text, start, at - 1)
         local c = text:sub(at, at)
         if c ~= '' and c ~= separator and c ~= '\r' and c ~= '\n' then
            refuse(line, 'field %d: separator expected behind the closing quote, got %q', k, c)
         end
         take(k, field, line, true)
      else
         local stop = text:find(stops, at) or n + 1
         take(k, text:sub(at, stop - 1), line, false)
         at = stop
      end
      local c = text:byte(at)
      if not c or c == 13 or c == 10 then
         done(k, line)
         if c == 13 and text:byte(at + 1) == 10 then at = at + 1 end
         line, k = line + 1, 0
      elseif at == n then -- an empty last field
         take(k + 1, '', line, false)
         done(k + 1, line)
      end
      at = at + 1
   end
end

-- ---- rows as columns ----

local function is_empty_line(fields, k, was_quoted) return k == 1 and fields[1] == '' and not was_quoted[1] end

-- Lists of texts, a column each; a missing field is false. The first row may be the names.
local function read(text, o, refuse)
   local columns, width, rows = {}, nil, 0
   local fields, was_quoted, first = {}, {}, nil
   local missing = {}
   for _, word in ipairs(o.missing or {'', 'NA', 'NaN', 'nan', 'null', '?'}) do missing[word] = true end
   each_field(text, o.separator, o.quote, function(k, field, _, q)
      fields[k], was_quoted[k] = field, q
   end, function(k, line)
      if is_empty_line(fields, k, was_quoted) and width ~= 1 then return end
      width = width or k
      if k ~= width then refuse(line, '%d fields, the first row has %d', k, width) end
      if not first and o.header ~= false then
         first = {unpack(fields, 1, k)}
         return
      end
      rows = rows + 1
      for c = 1, k do
         columns[c] = columns[c] or {}
         local field = fields[c]
         columns[c][rows] = (was_quoted[c] or not missing[field]) and field
      end
   end, refuse)
   return columns, first, rows, width or 0
end

-- ---- types ----



local function numeric(column)
   local any = false
   for _, field in ipairs(column) do
      if field then
         any = true
         local v = tonumber(field)
         if not v or field:find('^%s*[-+]?0[xX]') then return false end
      end
   end
   return any
end

local function numbers(column, name, refuse)
   local t = torch.DoubleTensor(#column)
   for i, field in ipairs(column) do
      local v = not field and 0 / 0 or tonumber(field)
      if not v then refuse(nil, "column %s, row %d: number expected, got '%s'", name, i, field) end
      t[i] = v
   end
   return t
end

-- Texts as numbers of classes, in alphabetical order; 0: missing.
local function classes(column)
   local seen, list = {}, {}
   for _, field in ipairs(column) do
      if field and not seen[field] then
         seen[field] = true
         list[#list + 1] = field
      end
   end
   table.sort(list, function(a, b)
      local x, y = tonumber(a), tonumber(b)
      if x and y and x ~= y then return x < y end
      return a < b
   end)
   for k, field in ipairs(list) do seen[field] = k end
   local t = torch.LongTensor(#column)
   for i, field in ipairs(column) do t[i] = field and seen[field] or 0 end
   return t, list
end

-- ---- the class ----

--- data.Columns(names, rows): the columns of a table; made by data.csv. Fields: names, rows, columns, types, classes.
local Columns = torch.class('data.Columns', data)

function Columns:__init(names, rows) self.names, self.rows, self.columns, self.types, self.classes = names, rows, {}, {}, {} end

--- csv:size() -> n: the number of rows.
function Columns:size() return self.rows end

local function at_of(self, what, column)
   local k = type(column) == 'number' and column
   for i, name in ipairs(self.names) do k = k or name == column and i end
   if not k or not self.names[k] then
      checks.fail(what, "no column '%s'; there are: %s", tostring(column), table.concat(self.names, ', '))
   end
   return k
end

--- csv:column(name or number) -> values, names: the values of a column: a DoubleTensor (missing ones are NaN), a list
-- of strings (missing ones are false), or a LongTensor of classes (missing ones are 0) and the list of their names.
function Columns:column(column)
   local k = at_of(self, 'Columns.column', column)
   return self.columns[k], self.classes[k]
end

-- The columns as [rows x n] of Doubles; classes are one-hot, strings none.
local function matrix(self, list, what)
   local parts = {}
   for _, column in ipairs(list) do
      local k = at_of(self, what, column)
      local values = self.columns[k]
      if self.types[k] == 'string' then
         checks.fail(what, "column %s has texts; read it as classes: types = {['%s'] = 'class'}", self.names[k], self.names[k])
      elseif self.types[k] == 'class' then
         local n = #self.classes[k]
         local hot = torch.zeros(self.rows, n + 1):double() -- the first is for missing ones
         hot:scatter(2, values:view(-1, 1) + 1, 1)
         parts[#parts + 1] = hot:narrow(2, 2, n)
      else
         parts[#parts + 1] = values:view(-1, 1)
      end
   end
   if #parts == 0 then checks.fail(what, 'no columns') end
   return torch.cat(parts, 2)
end

local function others(self, target)
   local list = {}
   for k = 1, #self.names do
      if k ~= target and self.types[k] ~= 'string' then list[#list + 1] = k end
   end
   return list
end

--- csv:set{target=, inputs=, missing='refuse'}: a set of the rows. inputs: names or numbers of columns, by default
-- all but the target and those with texts; a column of classes becomes one input for each. target: a column; numbers
-- give [rows x 1], classes their number. The tensors are of torch's default type. missing: 'refuse' raises an error
-- where a value is missing, 'drop' leaves such rows out, 'mean' puts the mean of the column for an input, and leaves
-- out rows without a target.
function Columns:set(options)
   local what = 'Columns.set'
   local o = checks.options(what, 1, {target = 'any', inputs = 'table', missing = 'string'}, options)
   local how = o.missing or 'refuse'
   if how ~= 'refuse' and how ~= 'drop' and how ~= 'mean' then
      checks.wrong(what, 1, 'options', "missing: 'refuse', 'drop' or 'mean' expected, got '%s'", how)
   end
   local t = o.target and at_of(self, what, o.target)
   local list = o.inputs or others(self, t)
   local x = matrix(self, list, what)
   local y = t and (self.types[t] == 'class' and self.columns[t] or matrix(self, {t}, what))
   local keep = self:_wholeRows(list, t, how == 'mean' and x, how)
   local kind = torch.getdefaulttensortype()
   if y and self.types[t] ~= 'class' then y = y:type(kind) end
   x = x:type(kind)
   if keep then
      if keep:dim() == 0 then checks.fail(what, 'every row misses a value') end
      x, y = x:index(1, keep), y and y:index(1, keep)
   end
   return data.tensors(x, y)
end

-- Rows that are taken, nil for all; means are put into x.
function Columns:_wholeRows(list, t, x, how)
   local bad = torch.ByteTensor(self.rows):zero()
   local function mark(k, mask)
      if mask:sum() == 0 then return end
      if how == 'refuse' then
         local _, i = mask:max(1)
         checks.fail('Columns.set', "%d values of column %s are missing, the first in row %d; missing = 'drop' or 'mean' goes on without", mask:sum(),
            self.names[k], i[1])
      end
      bad:add(mask):clamp(0, 1)
   end
   local function missing(k)
      local v = self.columns[k]
      return self.types[k] == 'class' and v:eq(0) or v:ne(v)
   end
   if t then mark(t, missing(t)) end
   local at = 1
   for _, column in ipairs(list) do
      local k = at_of(self, 'Columns.set', column)
      local mask = missing(k)
      if self.types[k] == 'class' then
         if not x then mark(k, mask) end
         at = at + #self.classes[k]
      else
         if x and mask:sum() > 0 then
            local values = x:select(2, at)
            local known = values:maskedSelect(mask:eq(0))
            values:maskedFill(mask, known:dim() > 0 and known:mean() or 0)
         elseif not x then
            mark(k, mask)
         end
         at = at + 1
      end
   end
   if bad:sum() == 0 then return nil end
   local kept = bad:eq(0):nonzero()
   return kept:dim() > 0 and kept:select(2, 1):clone() or torch.LongTensor()
end

function Columns:__tostring__()
   local lines = {('data.Columns: %d rows'):format(self.rows)}
   for k, name in ipairs(self.names) do
      local type_ = self.types[k]
      lines[#lines + 1] = ('   %s: %s'):format(name, type_ == 'class' and #self.classes[k] .. ' classes' or type_)
   end
   return table.concat(lines, '\n')
end

-- ---- reading ----

local function type_of(name, k, column, types)
   local wanted = types and (types[name] or types[k])
   if wanted and wanted ~= 'number' and wanted ~= 'string' and wanted ~= 'class' then
      checks.wrong('csv', 2, 'options', "types: 'number', 'string' or 'class' expected for %s, got '%s'", name, tostring(wanted))
   end
   return wanted or (numeric(column) and 'number' or 'string')
end

local known = {header = 'boolean', separator = 'string', quote = 'string|boolean', types = 'table', missing = 'table'}

--- data.csv(file [, options]) -> columns: the columns of a table in a text file, plain or .gz, as data.Columns. The
-- first row has the names (header = false: there are none, and columns are called 1, 2, ...). Fields are apart by
-- separator (',', a tabulator for .tsv and .tab) and may be in quotes ("), in which separators, line ends and
-- doubled quotes are text; quote = false: quotes are nothing special. A column whose fields are all numbers is one
-- of numbers, others have strings; types = {name = 'number' | 'string' | 'class'} decides otherwise. What is in
-- missing ({'', 'NA', 'NaN', 'nan', 'null', '?'}) and not in quotes is a missing value. Errors tell the line.
-- Fields: names, types, classes (of columns of classes, by number).
function M.csv(file, options)
   local o = {}
   for k, v in pairs(checks.options('csv', 2, known, options)) do o[k] = v end
   o.separator = o.separator or (type(file) == 'string' and file:find('%.ta?[sb]v?%f[%W]') and '\t') or ','
   if o.quote == nil or o.quote == true then o.quote = '"' end
   if #o.separator ~= 1 then checks.wrong('csv', 2, 'options', 'separator: one character expected, got %q', o.separator) end
   local text = require('data.bytes').all('csv', file):gsub('^\239\187\191', '') -- the mark that some editors begin a file with
   local function refuse(line, message, ...)
      checks.fail('csv', '%s: %s', line and file .. ':' .. line or file, message:format(...))
   end
   local columns, names, rows, width = read(text, o, refuse)
   if width == 0 then checks.fail('csv', '%s is empty', file) end
   names = names or {}
   for k = 1, width do names[k] = names[k] or tostring(k) end
   local self = data.Columns(names, rows)
   self.file = file
   for k = 1, width do
      local column = columns[k] or {}
      local kind = type_of(names[k], k, column, o.types)
      self.types[k] = kind
      if kind == 'number' then self.columns[k] = numbers(column, names[k], refuse)
      elseif kind == 'class' then self.columns[k], self.classes[k] = classes(column)
      else self.columns[k] = column end
   end
   return self
end

return M
