--- What notebooks show of values: figures as pictures, tensors and nets as tables, everything else as the prompt prints it.
--- active: is this program the kernel of a notebook? publish(msg_type, content): set by the kernel.
local M = {active = false}

local ROWS, COLUMNS = 20, 12 -- of a table; more are left out in the middle

local function escaped(s) return (tostring(s):gsub('[&<>]', {['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;'})) end

-- ---- tensors ----

-- The numbers 1 to n, or the first and the last ones with a gap, 0, between them.
local function shown(n, most)
   local list = {}
   if n <= most then
      for i = 1, n do list[i] = i end
      return list
   end
   for i = 1, most / 2 do list[i] = i end
   list[#list + 1] = 0
   for i = n - most / 2 + 1, n do list[#list + 1] = i end
   return list
end

local function number_text(v)
   if type(v) ~= 'number' then return tostring(v) end
   if v ~= v then return 'nan' end
   if v % 1 == 0 and math.abs(v) < 1e15 then return ('%d'):format(v) end
   return ('%.5g'):format(v)
end

local function row_of(cells, head)
   return '<tr><th>' .. head .. '</th>' .. table.concat(cells) .. '</tr>'
end

local function html_of_tensor(x)
   local vector = x:dim() == 1
   local rows, columns = shown(x:size(1), ROWS), vector and {1} or shown(x:size(2), COLUMNS)
   local lines, head = {}, {}
   for k, j in ipairs(columns) do head[k] = '<th>' .. (j == 0 and '…' or vector and '' or j) .. '</th>' end
   if not vector then lines[1] = row_of(head, '') end
   for _, i in ipairs(rows) do
      local cells = {}
      for k, j in ipairs(columns) do
         cells[k] = '<td>' .. ((i == 0 or j == 0) and '…' or number_text(vector and x[i] or x[i][j])) .. '</td>'
      end
      lines[#lines + 1] = row_of(cells, i == 0 and '…' or i)
   end
   return ('<table>%s</table><p><code>%s</code> of size %s</p>'):format(table.concat(lines), torch.typename(x), table.concat(x:size():totable(), ' × '))
end

-- ---- nets ----

local function parameters(module)
   local n = 0
   local function count(m)
      for _, name in ipairs{'weight', 'bias'} do
         if torch.isTensor(m[name]) then n = n + m[name]:nElement() end
      end
      for _, child in ipairs(m.modules or {}) do count(child) end
   end
   count(module)
   return n
end

local function output_size(m)
   return torch.isTensor(m.output) and m.output:dim() > 0 and table.concat(m.output:size():totable(), ' × ') or ''
end

local function add_layers(lines, module, indent)
   for i, child in ipairs(module.modules or {}) do
      local name = tostring(child):match('^[^\n{]*'):gsub('%s+$', '')
      lines[#lines + 1] = ('<tr><td style="text-align:left">%s%d</td><td style="text-align:left"><code>%s</code></td><td>%s</td><td>%d</td></tr>')
         :format(('&emsp;'):rep(indent), i, escaped(name), output_size(child), parameters(child))
      if child.modules and #lines < 200 then add_layers(lines, child, indent + 1) end
   end
end

local function html_of_net(net)
   local lines = {'<tr><th></th><th style="text-align:left">layer</th><th>last output</th><th>parameters</th></tr>'}
   if net.modules then add_layers(lines, net, 0) else add_layers(lines, {modules = {net}}, 0) end
   return ('<table>%s</table><p><code>%s</code>, %d parameters</p>'):format(table.concat(lines), torch.typename(net), parameters(net))
end

-- ---- all ----

local function is_module(v)
   local mt = getmetatable(v)
   while mt do
      if rawget(mt, '__typename') == 'nn.Module' then return true end
      mt = getmetatable(mt)
   end
end

--- text(v) -> text: a value as the prompt prints it.
function M.text(v)
   local mt = type(v) == 'table' and getmetatable(v)
   if type(v) == 'table' and not (type(mt) == 'table' and mt.__tostring) then return require('trepl.printer').format_table(v, nil, 1000) end
   return (type(v) == 'userdata' and require('trepl.summary').text(v)) or tostring(v)
end

local function html_of(v)
   if torch.isTensor(v) then
      return v:dim() > 0 and v:dim() <= 2 and v:nElement() > 0 and html_of_tensor(v) or nil
   end
   return type(v) == 'table' and torch.typename(v) and is_module(v) and html_of_net(v) or nil
end

local binary = {['image/png'] = true, ['image/jpeg'] = true}

--- bundle(v) -> table: a value by kinds of contents, as messages have it.
function M.bundle(v)
   local mt = type(v) == 'table' and torch.typename(v) and getmetatable(v)
   local own = mt and mt.__mime__ and mt.__mime__(v)
   local data = {}
   for kind, content in pairs(own or {}) do data[kind] = binary[kind] and require('plot.graphics').base64(content) or content end
   data['text/plain'] = data['text/plain'] or M.text(v)
   if not own then
      local ok, html = pcall(html_of, v) -- classes of the user may have a tostring that fails
      data['text/html'] = ok and html or nil
   end
   return data
end

--- show(v): shows a value in the output of the cell.
function M.show(v) M.publish('display_data', {data = M.bundle(v), metadata = {}, transient = {}}) end

local displays = 0

--- update(v [, id]) -> id: shows a value in the place of an earlier one, or in a new one.
function M.update(v, id)
   local is_new = not id
   if is_new then
      displays = displays + 1
      id = 'th-' .. displays
   end
   M.publish(is_new and 'display_data' or 'update_display_data', {data = M.bundle(v), metadata = {}, transient = {display_id = id}})
   return id
end

--- html(text): shows HTML in the output of the cell.
function M.html(text) M.publish('display_data', {data = {['text/html'] = text, ['text/plain'] = 'HTML'}, metadata = {}, transient = {}}) end

return M
