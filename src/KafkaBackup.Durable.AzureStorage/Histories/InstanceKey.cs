using System.Security.Cryptography;
using System.Text;

namespace KafkaBackup.Durable.AzureStorage.Histories;

/// <summary>
/// An instance id as a key: letters, digits, '-', '_' and ':' as they are, every other byte of its UTF-8 text as '=' and two digits, since keys and names of blobs do
/// not take everything. A long one keeps its beginning and ends in a hash.
/// </summary>
internal static class InstanceKey
{
    /// <summary>A key has 512 characters at most; the index puts 20 before it.</summary>
    private const int Longest = 400;

    public static string Of(string id)
    {
        var key = new StringBuilder(id.Length);
        var bytes = Encoding.UTF8.GetBytes(id);
        foreach (var each in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)each) || each is (byte)'-' or (byte)'_' or (byte)':')
                key.Append((char)each);
            else
                key.Append('=').Append(each.ToString("X2"));
        }

        // No short key has "=-" in it.
        return key.Length <= Longest ? key.ToString() : $"{key.ToString(0, Longest - 66)}=-{Convert.ToHexStringLower(SHA256.HashData(bytes))}";
    }
}
