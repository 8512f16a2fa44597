// The cities of the missions as they are written in Arabic, for the names on the map. Swahili
// writes them as English does.
const ARABIC: Record<string, string> = {
  'KE-NBO': 'نيروبي',
  'AE-DXB': 'دبي',
  'AE-AUH': 'أبوظبي',
  'SA-RUH': 'الرياض',
  'SA-JED': 'جدة',
  'QA-DOH': 'الدوحة',
  'KW-KWI': 'مدينة الكويت',
  'OM-MCT': 'مسقط',
  'LB-BEY': 'بيروت',
  'AO-LAD': 'لواندا',
  'AU-CBR': 'كانبرا',
  'AT-VIE': 'فيينا',
  'BE-BRU': 'بروكسل',
  'BR-BSB': 'برازيليا',
  'CA-OTT': 'أوتاوا',
  'FR-PAR': 'باريس',
  'DE-BER': 'برلين',
  'IN-DEL': 'نيودلهي',
  'IL-TLV': 'رمات غان',
  'IT-ROM': 'روما',
  'JP-TYO': 'طوكيو',
  'NL-HAG': 'لاهاي',
  'CN-BJS': 'بكين',
  'IE-DUB': 'دبلن',
  'RU-MOW': 'موسكو',
  'RW-KGL': 'كيغالي',
  'ZA-PRY': 'بريتوريا',
  'ES-MAD': 'مدريد',
  'SE-STO': 'ستوكهولم',
  'TR-ANK': 'أنقرة',
  'GB-LON': 'لندن',
  'US-WAS': 'واشنطن',
  'ZW-HRE': 'هراري',
  'TH-BKK': 'بانكوك',
  'CI-ABJ': 'أبيدجان',
  'MA-RBA': 'الرباط',
  'MZ-MPM': 'مابوتو',
  'ID-JKT': 'جاكرتا',
  'TZ-ARK': 'أروشا',
  'ET-ADD': 'أديس أبابا',
};

export function cityName(code: string, lang: string, otherwise: string): string {
  if (lang === 'ar') return ARABIC[code] ?? otherwise;
  return otherwise;
}
