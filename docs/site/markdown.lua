-- Markdown as the pages in docs/ have it, as HTML: headings, paragraphs, lists, tables, blocks of code, links, emphasis.
local M = {}

function M.escape(text) return (text:gsub('[&<>"]', {['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;', ['"'] = '&quot;'})) end

--- Name of a heading's anchor.
function M.anchor(title) return (title:gsub('`', ''):lower():gsub('[^%w%s_-]', ''):gsub('%s+', '-')) end

-- Code and links keep their letters: they are taken out first and put back in the end.
local function inline(text, link)
   local kept = {}
   local function keep(html)
      kept[#kept + 1] = html
      return '\1' .. #kept .. '\2'
   end
   text = text:gsub('`([^`]+)`', function(code) return keep('<code>' .. M.escape(code) .. '</code>') end)
   text = text:gsub('<a name="([^"]*)"></a>', function(name) return keep('<a id="' .. M.escape(name) .. '"></a>') end)
   text = text:gsub('%[([^%]]+)%]%(([^)%s]+)%)', function(shown, target)
      local href = link(target)
      return href and keep('<a href="' .. M.escape(href) .. '">') .. shown .. keep('</a>') or shown
   end)
   text = M.escape(text)
   text = text:gsub('%*%*(.-)%*%*', '<strong>%1</strong>'):gsub('%f[%w*]%*(%w[^*]-)%*%f[^%w*]', '<em>%1</em>')
   local n
   repeat text, n = text:gsub('\1(%d+)\2', function(i) return kept[tonumber(i)] end) until n == 0
   return text
end

local function cells(line)
   local list = {}
   for cell in line:gsub('^%s*|', ''):gsub('|%s*$', ''):gsub('\\|', '\3'):gmatch('[^|]+') do
      list[#list + 1] = (cell:match('^%s*(.-)%s*$'):gsub('\3', '|'))
   end
   return list
end

local blocks = {}

-- Each takes the lines from i on; returns HTML and the next line's number, or nothing where the block is of another kind.
function blocks.fence(lines, i)
   local word = lines[i]:match('^```%s*(%w*)')
   if not word then return nil end
   local code = {}
   i = i + 1
   while lines[i] and not lines[i]:match('^```') do code[#code + 1], i = lines[i], i + 1 end
   return '<pre><code>' .. M.escape(table.concat(code, '\n')) .. '</code></pre>', i + 1
end

function blocks.indented(lines, i)
   if not lines[i]:match('^    ') then return nil end
   local code = {}
   while lines[i] and (lines[i]:match('^    ') or lines[i] == '' and (lines[i + 1] or ''):match('^    ')) do
      code[#code + 1], i = lines[i]:sub(5), i + 1
   end
   return '<pre><code>' .. M.escape(table.concat(code, '\n')) .. '</code></pre>', i
end

function blocks.heading(lines, i, link)
   local marks, title = lines[i]:match('^(#+)%s+(.*)$')
   if not marks then return nil end
   return ('<h%d id="%s">%s</h%d>'):format(#marks, M.anchor(title), inline(title, link), #marks), i + 1
end

function blocks.table(lines, i, link)
   if not lines[i]:match('^|') or not (lines[i + 1] or ''):match('^|[%s:|-]+$') then return nil end
   local html = {'<div class="table"><table><thead><tr>'}
   for _, cell in ipairs(cells(lines[i])) do html[#html + 1] = '<th>' .. inline(cell, link) .. '</th>' end
   html[#html + 1] = '</tr></thead><tbody>'
   i = i + 2
   while lines[i] and lines[i]:match('^|') do
      html[#html + 1] = '<tr>'
      for _, cell in ipairs(cells(lines[i])) do html[#html + 1] = '<td>' .. inline(cell, link) .. '</td>' end
      html[#html + 1], i = '</tr>', i + 1
   end
   return table.concat(html) .. '</tbody></table></div>', i
end

function blocks.list(lines, i, link)
   local numbered = lines[i]:match('^%d+%.%s')
   if not numbered and not lines[i]:match('^[-*]%s') then return nil end
   local pattern = numbered and '^%d+%.%s+(.*)$' or '^[-*]%s+(.*)$'
   local html = {}
   while lines[i] and lines[i]:match(pattern) do
      local item = {lines[i]:match(pattern)}
      i = i + 1
      while lines[i] and (lines[i]:match('^%s+%S') or lines[i] == '' and (lines[i + 1] or ''):match('^%s+%S')) do
         item[#item + 1], i = lines[i]:match('^%s?%s?%s?(.*)$'), i + 1
      end
      html[#html + 1] = '<li>' .. M.html(table.concat(item, '\n'), link):gsub('^<p>(.-)</p>', '%1', 1) .. '</li>'
      while lines[i] == '' and (lines[i + 1] or ''):match(pattern) do i = i + 1 end
   end
   local tag = numbered and 'ol' or 'ul'
   return ('<%s>%s</%s>'):format(tag, table.concat(html), tag), i
end

local order = {'fence', 'heading', 'table', 'list', 'indented'}

local function paragraph(lines, i, link)
   local text = {}
   repeat
      text[#text + 1], i = lines[i], i + 1
   until not lines[i] or lines[i] == '' or lines[i]:match('^```') or lines[i]:match('^#+%s') or lines[i]:match('^|') or
      lines[i]:match('^[-*]%s') or lines[i]:match('^%d+%.%s')
   return '<p>' .. inline(table.concat(text, '\n'), link) .. '</p>', i
end

--- html(text [, link]) -> string: link(target) says where a link leads.
function M.html(text, link)
   link = link or function(target) return target end
   local lines, html, i = {}, {}, 1
   for line in (text .. '\n'):gmatch('(.-)\r?\n') do lines[#lines + 1] = line:match('^(.-)%s*$') end
   while i <= #lines do
      if lines[i] == '' or lines[i]:match('^<!%-%-') then
         i = i + 1
      else
         local block, next_
         for _, kind in ipairs(order) do
            block, next_ = blocks[kind](lines, i, link)
            if block then break end
         end
         if not block then block, next_ = paragraph(lines, i, link) end
         html[#html + 1], i = block, next_
      end
   end
   return table.concat(html, '\n')
end

return M
