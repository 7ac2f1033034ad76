-- Takes a request from every limit, or from none: the generic cell rate algorithm over one number a key, the time at which its
-- allowance is full again, in microseconds since 2026 (so that a double tells parts of them apart).
-- KEYS: the allowances. ARGV: for each, how many requests, and in how many microseconds they are refilled.
-- Answers for each: in how many microseconds it is full again, and after how many the request would pass (0 if it does).
local clock = redis.call('TIME')
local now = (clock[1] - 1767225600) * 1000000 + clock[2]
local answer, after, passes = {}, {}, true
for i, key in ipairs(KEYS) do
    local per = tonumber(ARGV[2 * i])
    local step = per / tonumber(ARGV[2 * i - 1])
    -- Never more than empty, even if the clock went back.
    local full = math.min(math.max(tonumber(redis.call('GET', key) or '') or now, now), now + per)
    after[i] = full + step
    local wait = after[i] - now - per
    -- Less is what adding fractions leaves.
    if wait > 1 then
        passes = false
    else
        wait = 0
    end
    answer[2 * i - 1] = full - now
    answer[2 * i] = wait
end
if passes then
    for i, key in ipairs(KEYS) do
        answer[2 * i - 1] = after[i] - now
        redis.call('SET', key, string.format('%.17g', after[i]), 'PX', math.ceil((after[i] - now) / 1000) + 1)
    end
end
return answer
