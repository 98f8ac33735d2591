namespace KafkaBackup.Workflows.Selection;

/// <summary>Several selectors in one text, with commas between them.</summary>
public static class SelectorList
{
    /// <summary>The selectors. A comma within braces or brackets belongs to a regular expression, as in <c>~ab{1,2}</c>.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var selectors = new List<string>();
        var (start, depth) = (0, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && (text[i] != ',' || depth > 0))
            {
                depth += text[i] is '{' or '[' ? 1 : text[i] is '}' or ']' && depth > 0 ? -1 : 0;
                continue;
            }

            if (text[start..i].Trim() is { Length: > 0 } selector)
                selectors.Add(selector);
            start = i + 1;
        }

        return selectors;
    }
}
